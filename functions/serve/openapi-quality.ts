import { QualityReport } from '../../schemas/quality-report.ts';
import { json, operation, query, text } from './openapi-parts.ts';

const integer = { type: 'integer', minimum: 0 };
const object = (properties: Readonly<Record<string, unknown>>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const nullable = { type: ['string', 'null'] };
const cause = { source_id: text, stage: text, reason: text, field: text, event_name: text, shape: text };

const group = object({
  group_id: text,
  ...cause,
  title: text,
  fix: text,
  entries: integer,
  open: integer,
  replayed: integer,
  state: { enum: ['open', 'replayed'] },
  first_seen: text,
  last_seen: text,
  examples: {
    type: 'array',
    items: object({ quarantine_id: text, event_id: nullable, first_seen: text, detail: nullable }),
  },
  replay: object(cause),
});

/** The paths about data quality. */
export const quality = {
  '/api/quality': {
    get: operation(
      'What came from each source on each local day, what was wrong with it, and which rules are broken now',
      json('Figures; with a source by event, with an event its fields too', QualityReport),
      [
        query('source', 'Source id'),
        query('event', 'Name of a track event; page, screen or identify'),
        query('from', 'First local day, YYYY-MM-DD; seven days back unless said'),
        query('to', 'Last local day; today unless said. At most 31 days'),
      ],
    ),
  },
  '/api/quarantine/groups': {
    get: operation(
      'The quarantine by cause, the most open entries first, with the fix and what to replay it by',
      json('Causes', object({ groups: { type: 'array', items: group }, truncated: { type: 'boolean' } })),
      [
        query('source', 'Source id'),
        query('reason', 'From the reasons registry'),
        query('status', 'open, replayed or all'),
        query('limit', '1 to 500'),
      ],
    ),
  },
};
