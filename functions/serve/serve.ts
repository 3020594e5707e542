import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { errorResponse, RequestError } from './answer.ts';
import { listAudit } from './audit.ts';
import { splitPerson } from './cut.ts';
import { declareIdentity } from './declare.ts';
import type { ServeDeps } from './deps.ts';
import { getDevice } from './devices.ts';
import { explainPerson } from './explain.ts';
import { listDecisions, listQuarantine, runSql } from './logs.ts';
import { changeMapping, getMapping, getMappings, previewOf } from './mappings.ts';
import { decideMatch, getMatch, getWaterfall, listMatches } from './matches.ts';
import { openApi } from './openapi.ts';
import { findPersons, getPerson, getPersonEvents, searchPersons } from './persons.ts';
import { getQuality } from './quality.ts';
import { listQuarantineGroups } from './quarantine-groups.ts';

import {
  changeSource,
  createSource,
  getSource,
  listSources,
  putSecret,
  removeKey,
  removeSecret,
  rotateKey,
  switchSource,
} from './sources.ts';

type Handler = (
  request: HttpRequest,
  deps: ServeDeps,
  groups: readonly string[],
) => Promise<HttpResponse> | HttpResponse;

interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly pattern: RegExp;
  readonly handle: Handler;
}

/** Every route of the API that both bindings serve. */
const ROUTES: readonly Route[] = [
  { method: 'GET', pattern: /^\/api\/health$/, handle: (_, deps) => health(deps) },
  { method: 'GET', pattern: /^\/api\/openapi\.json$/, handle: () => jsonResponse(200, openApi()) },
  { method: 'GET', pattern: /^\/api\/persons$/, handle: findPersons },
  { method: 'POST', pattern: /^\/api\/persons\/search$/, handle: searchPersons },
  { method: 'GET', pattern: /^\/api\/persons\/([^/]+)$/, handle: getPerson },
  { method: 'GET', pattern: /^\/api\/persons\/([^/]+)\/events$/, handle: getPersonEvents },
  { method: 'GET', pattern: /^\/api\/persons\/([^/]+)\/explain$/, handle: explainPerson },
  { method: 'POST', pattern: /^\/api\/persons\/([^/]+)\/split$/, handle: splitPerson },
  { method: 'POST', pattern: /^\/api\/identity\/bind$/, handle: declareIdentity('bind') },
  { method: 'POST', pattern: /^\/api\/identity\/unbind$/, handle: declareIdentity('unbind') },
  { method: 'POST', pattern: /^\/api\/identity\/merge$/, handle: declareIdentity('merge') },
  { method: 'POST', pattern: /^\/api\/identity\/unmerge$/, handle: declareIdentity('unmerge') },
  { method: 'POST', pattern: /^\/api\/identity\/split$/, handle: declareIdentity('split') },
  { method: 'GET', pattern: /^\/api\/audit$/, handle: listAudit },
  { method: 'GET', pattern: /^\/api\/matches$/, handle: listMatches },
  { method: 'GET', pattern: /^\/api\/matches\/([^/]+)$/, handle: getMatch },
  { method: 'GET', pattern: /^\/api\/matches\/([^/]+)\/waterfall\.svg$/, handle: getWaterfall },
  { method: 'POST', pattern: /^\/api\/matches\/([^/]+)\/accept$/, handle: decideMatch('accept') },
  { method: 'POST', pattern: /^\/api\/matches\/([^/]+)\/reject$/, handle: decideMatch('reject') },
  { method: 'GET', pattern: /^\/api\/devices\/([^/]+)$/, handle: getDevice },
  { method: 'GET', pattern: /^\/api\/quality$/, handle: getQuality },
  { method: 'GET', pattern: /^\/api\/sources$/, handle: listSources },
  { method: 'POST', pattern: /^\/api\/sources$/, handle: createSource },
  { method: 'GET', pattern: /^\/api\/sources\/([^/]+)$/, handle: getSource },
  { method: 'PATCH', pattern: /^\/api\/sources\/([^/]+)$/, handle: changeSource },
  { method: 'POST', pattern: /^\/api\/sources\/([^/]+)$/, handle: changeSource },
  { method: 'POST', pattern: /^\/api\/sources\/([^/]+)\/disable$/, handle: switchSource('disable') },
  { method: 'POST', pattern: /^\/api\/sources\/([^/]+)\/enable$/, handle: switchSource('enable') },
  { method: 'POST', pattern: /^\/api\/sources\/([^/]+)\/keys$/, handle: rotateKey },
  { method: 'DELETE', pattern: /^\/api\/sources\/([^/]+)\/keys\/([^/]+)$/, handle: removeKey },
  { method: 'PUT', pattern: /^\/api\/sources\/([^/]+)\/secrets\/([^/]+)$/, handle: putSecret },
  { method: 'DELETE', pattern: /^\/api\/sources\/([^/]+)\/secrets\/([^/]+)$/, handle: removeSecret },
  { method: 'GET', pattern: /^\/api\/mappings$/, handle: getMappings },
  { method: 'POST', pattern: /^\/api\/mappings\/preview$/, handle: previewOf },
  { method: 'GET', pattern: /^\/api\/mappings\/([^/]+)$/, handle: getMapping },
  { method: 'PUT', pattern: /^\/api\/mappings\/([^/]+)$/, handle: changeMapping },
  { method: 'GET', pattern: /^\/api\/quarantine$/, handle: listQuarantine },
  { method: 'GET', pattern: /^\/api\/quarantine\/groups$/, handle: listQuarantineGroups },
  { method: 'GET', pattern: /^\/api\/decisions$/, handle: listDecisions },
  { method: 'POST', pattern: /^\/api\/sql$/, handle: runSql },
];

const health = ({ clock }: ServeDeps): HttpResponse =>
  jsonResponse(200, { status: 'ok', now: new Date(clock.now()).toISOString() });

/** Answers a request to the read and control API. Errors are `{ error, message }` with a status. */
export async function serve(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const found = ROUTES.map((route) => ({ route, match: route.pattern.exec(request.path) })).filter(
    ({ match }) => match,
  );
  if (found.length === 0) {
    const message = `There is no ${request.path.slice(0, 120)}. GET /api/openapi.json lists every route.`;
    return errorResponse(new RequestError(404, 'not_found', message));
  }
  const chosen = found.find(({ route }) => route.method === request.method);
  if (!chosen) {
    const allow = found.map(({ route }) => route.method).join(', ');
    const answer = errorResponse(
      new RequestError(405, 'method_not_allowed', `Use ${allow} ${request.path.slice(0, 120)}.`),
    );
    return { ...answer, headers: { ...answer.headers, allow } };
  }
  try {
    const groups = (chosen.match ?? []).slice(1).map((text) => decode(text));
    return await chosen.route.handle(request, deps, groups);
  } catch (error) {
    if (error instanceof RequestError) return errorResponse(error);
    throw error;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestError(400, 'invalid_path', 'The path is not valid percent-encoding.');
  }
}
