import { MAX_DECLARED_IDENTIFIERS, MAX_WHY_CHARS } from '../shared/control-event.ts';
import { json, keys, listOf, oneIdPath, query, text } from './openapi-parts.ts';

const reference = { $ref: '#/components/responses/Error' };
const errors = { '400': reference, '403': reference, '409': reference, '413': reference, '503': reference };

const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes it safe to send again: within seven days the same key and body count once',
  schema: { type: 'string', minLength: 1, maxLength: 90 },
};

const identifiers = (minItems: number) => ({
  type: 'array',
  minItems,
  maxItems: MAX_DECLARED_IDENTIFIERS,
  description: 'Each as type[:scope]:value, raw or as the API shows it, or as {type, scope, value}',
  items: { anyOf: [text, { type: 'object', required: ['type', 'value'] }] },
});

const body = (minItems: number, more: object = {}) => ({
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['identifiers', 'reason'],
        additionalProperties: false,
        properties: {
          identifiers: identifiers(minItems),
          reason: { type: 'string', minLength: 1, maxLength: MAX_WHY_CHARS },
          ...more,
        },
      },
    },
  },
});

const understood = { action: text, identifiers: keys, by: text, reason: text, received_at: text };
const required = Object.keys(understood);
const accepted = (properties: object) =>
  json('Durable, and what was understood', {
    type: 'object',
    required: [...required, ...Object.keys(properties)],
    properties: { ...understood, ...properties },
  });

const declaration = (action: string, summary: string, minItems: number) => ({
  [`/api/identity/${action}`]: {
    post: {
      summary,
      parameters: [IDEMPOTENCY],
      requestBody: body(minItems, {
        timestamp: { type: 'string', description: 'From when on it is so, ISO 8601 with a zone; now, if left out' },
      }),
      responses: { '202': accepted({ event_id: text }), ...errors },
    },
  },
});

/** The paths by which people correct identities, and the record of it. */
export const declarations = {
  ...declaration('bind', 'These identifiers belong together', 2),
  ...declaration(
    'unbind',
    'These no longer belong together; one alone is released from all it was seen with before',
    1,
  ),
  ...declaration('merge', 'These are one human, whatever the limits of unique types say', 2),
  ...declaration('unmerge', 'Takes back what was declared about them; about one alone, its release', 1),
  ...declaration('split', 'Keep these apart', 2),
  '/api/persons/{one_id}/split': {
    post: {
      summary: 'Cuts identifiers out of a person, by unbinding each from those that remain',
      parameters: [oneIdPath, IDEMPOTENCY],
      requestBody: body(1),
      responses: {
        '202': accepted({ one_id: text, parted: { type: 'array', items: { type: 'object' } } }),
        ...errors,
        '404': reference,
      },
    },
  },
  '/api/audit': {
    get: {
      summary: 'Who declared what about identity, and why; newest first',
      parameters: [
        query('person', 'A One ID: what was declared about any of its identifiers'),
        query('identifier', 'type[:scope]:value'),
        query('limit', '1 to 1000'),
      ],
      responses: {
        '200': json(
          'Declarations',
          listOf('audit', { type: 'object', required: ['action', 'actor', 'why', 'identifiers'] }),
        ),
        '400': reference,
        '404': reference,
      },
    },
  },
};
