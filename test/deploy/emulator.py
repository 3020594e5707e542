"""MiniStack, with what the deploy test needs of AWS and MiniStack lacks; left-out.json tells each, and why."""

import base64
import json
import re

from ministack import app
from ministack.core import iam_actions, sigv4
from ministack.services import athena, glue
from ministack.services.cloudformation import provisioners

VIEW = re.compile(r"/\* Presto View: (\S+) \*/")
ICEBERG = re.compile(
    r"^CREATE TABLE IF NOT EXISTS (\w+) (\(.*\))\s+PARTITIONED BY \(\w+\)\s+LOCATION ('[^']*')\s+TBLPROPERTIES \(.*'ICEBERG'.*$",
    re.DOTALL,
)
TEXT_OR_MARK = re.compile(r"'(?:[^']|'')*'|\?")


def signed_authority(lines=sigv4.build_canonical_headers):
    """HTTP/2 clients sign `:authority`, which the server hands on as `host`."""
    return lambda headers, names: lines({":authority": headers.get("host", ""), **headers}, names)


def resource_decided_on(resource_of=iam_actions.extract_resource_arn):
    """IAM decides on a running query by its workgroup, on metadata by their catalogue, on a schedule by its group."""

    def resource(service, method, path, headers, body, params, region, account):
        arn = resource_of(service, method, path, headers, body, params, region, account)
        asked = json.loads(body) if body and service in ("athena", "scheduler") else {}
        if service == "scheduler" and "GroupName" in asked:
            return arn.replace(":schedule/default/", f":schedule/{asked['GroupName']}/")
        if service == "athena" and "CatalogName" in asked:
            return f"arn:aws:athena:{region}:{account}:datacatalog/{asked['CatalogName']}"
        query = athena._executions.get(asked.get("QueryExecutionId")) if service == "athena" else None
        return f"arn:aws:athena:{region}:{account}:workgroup/{query['WorkGroup']}" if query else arn

    return resource


def action_of_batches(action_of=iam_actions.extract_iam_action):
    """SQS decides on a batch of calls as on one of them: no policy can name the batch."""

    def action(service, *request):
        named = action_of(service, *request)
        return named.removesuffix("Batch") if service == "sqs" and named else named

    return action


def conditions_of_request(tags_of=iam_actions.request_tag_context):
    """What policies may compare of a call to KMS: each pair of its encryption context."""

    def conditions(service, action, body, params):
        pairs = (json.loads(body or b"{}").get("EncryptionContext") or {}) if service == "kms" else {}
        named = {f"kms:EncryptionContext:{name}": value for name, value in pairs.items()}
        return {**tags_of(service, action, body, params), **named}

    return conditions


def alarm_on_first_metric(record=provisioners._cw_metric_alarm_record):
    """An alarm on an expression over several metrics, kept as one on the first of them: nothing here looks at alarms."""

    def made(name, props):
        stat = next((each["MetricStat"] for each in props.get("Metrics") or [] if "MetricStat" in each), None)
        if stat:
            of = {key: stat["Metric"][key] for key in ("MetricName", "Namespace")}
            plain = {key: value for key, value in props.items() if key != "Metrics"}
            props = {**plain, **of, "Statistic": stat["Stat"], "Period": stat["Period"]}
        return record(name, props)

    return made


def expand_views(query, database):
    """The query with each view of the Glue catalogue replaced by its SQL, as Athena reads it."""
    edits = []
    for ref in athena._table_references(query):
        table = glue._tables.get(f"{ref.database or database}/{ref.table}") or {}
        view = VIEW.match(table.get("ViewOriginalText") or "")
        if view:
            sql = json.loads(base64.b64decode(view[1]))["originalSql"]
            alias = "" if ref.aliased else f' AS "{ref.table}"'
            edits.append((ref.start, ref.end, f"({expand_views(sql, database)}){alias}"))
    for start, end, text in sorted(set(edits), reverse=True):
        query = query[:start] + text + query[end:]
    return query


def athena_sql(start=athena._start_query_execution):
    """What Athena does with a statement before it runs: execution parameters are literals put in place of question marks,
    views their SQL. A table of Iceberg is made as one of Parquet files, to be read while it is empty."""

    def start_query(data):
        values = iter(data.get("ExecutionParameters") or [])
        query = TEXT_OR_MARK.sub(lambda found: next(values) if found[0] == "?" else found[0], data["QueryString"])
        query = ICEBERG.sub(r"CREATE EXTERNAL TABLE IF NOT EXISTS \1 \2 STORED AS PARQUET LOCATION \3", query)
        database = data.get("QueryExecutionContext", {}).get("Database", "default")
        return start({**data, "QueryString": expand_views(query, database)})

    return start_query


sigv4.build_canonical_headers = signed_authority()
iam_actions.extract_iam_action = action_of_batches()
iam_actions.extract_resource_arn = resource_decided_on()
iam_actions.request_tag_context = conditions_of_request()
provisioners._cw_metric_alarm_record = alarm_on_first_metric()
athena._start_query_execution = athena_sql()
# With TLS it would also take port 443 of the machine.
app._port_is_bindable = lambda *_: False

if __name__ == "__main__":
    app.main()
