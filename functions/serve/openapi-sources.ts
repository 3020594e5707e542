import { MAX_WHY_CHARS } from '../shared/control-event.ts';
import { json, listOf, query, text } from './openapi-parts.ts';

const reference = { $ref: '#/components/responses/Error' };
const errors = { '400': reference, '403': reference, '404': reference, '409': reference };
const inPath = (name: string, description: string) => ({ name, in: 'path', required: true, description, schema: text });
const source = inPath('source_id', 'A source, as GET /api/sources lists it');
const reason = { type: 'string', minLength: 1, maxLength: MAX_WHY_CHARS };
const overlap = { type: 'number', minimum: 0, maximum: 8760, description: 'Until when what is replaced counts; 168' };
const why = query('reason', 'Why; may be in the body instead', true);

const body = (properties: object, more: object = {}) => ({
  required: true,
  content: {
    'application/json': {
      schema: { type: 'object', required: ['reason'], properties: { ...properties, reason }, ...more },
    },
  },
});
const shown = {
  type: 'object',
  required: ['source_id', 'name', 'channel', 'class', 'owner', 'state', 'priority', 'version', 'keys', 'secrets'],
};
const answer = (description: string, more: Readonly<Record<string, unknown>> = {}) =>
  json(description, {
    type: 'object',
    required: ['source', ...Object.keys(more)],
    properties: { source: shown, ...more },
  });
const connect = { type: 'object', required: ['snippets', 'secrets'] };
const withKey = { key: text, key_id: text, connect };
const changed = { '200': answer('The source as it is now'), ...errors };

/** The paths of sources, their keys and secrets. */
export const sources = {
  '/api/sources': {
    get: {
      summary: 'All sources, and the order that their priorities give them',
      parameters: [query('activity', '1: also what each has sent')],
      responses: { '200': json('Sources', listOf('sources', shown)) },
    },
    post: {
      summary: 'A new source; its key is in this answer and in no other',
      requestBody: body({ source_id: text, name: text, channel: text, class: text, protocol: text, owner: text }),
      responses: { '201': answer('The source, its key, and what to paste', withKey), ...errors },
    },
  },
  '/api/sources/{source_id}': {
    get: {
      summary: 'One source, what to paste where, and who changed what',
      parameters: [source, query('limit', '1 to 200 changes')],
      responses: { '200': answer('The source', { connect, changes: { type: 'array' } }), '404': reference },
    },
    patch: {
      summary: 'Replaces the fields given; null takes one away',
      parameters: [source],
      requestBody: body({}),
      responses: changed,
    },
    post: { summary: 'The same as PATCH', parameters: [source], requestBody: body({}), responses: changed },
  },
  '/api/sources/{source_id}/disable': {
    post: {
      summary: 'Refuses what comes with its keys',
      parameters: [source],
      requestBody: body({}),
      responses: changed,
    },
  },
  '/api/sources/{source_id}/enable': {
    post: { summary: 'Takes it again', parameters: [source], requestBody: body({}), responses: changed },
  },
  '/api/sources/{source_id}/keys': {
    post: {
      summary: 'A new key, shown once; the others end after the overlap',
      parameters: [source],
      requestBody: body({ overlap_hours: overlap }),
      responses: { '201': answer('The source and its new key', withKey), ...errors },
    },
  },
  '/api/sources/{source_id}/keys/{key_id}': {
    delete: {
      summary: 'Takes a key away at once',
      parameters: [source, inPath('key_id', 'Its id'), why],
      responses: changed,
    },
  },
  '/api/sources/{source_id}/secrets/{name}': {
    put: {
      summary: 'What a platform signs with; never shown again',
      parameters: [source, inPath('name', 'token, encoding_aes_key, app_secret …')],
      requestBody: body({ value: text, overlap_hours: overlap }),
      responses: changed,
    },
    delete: {
      summary: 'Takes all secrets of that name away',
      parameters: [source, inPath('name', 'Its name'), why],
      responses: changed,
    },
  },
};
