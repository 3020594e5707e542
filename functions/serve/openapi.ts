import { Decision } from '../../schemas/decision.ts';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { Person } from '../../schemas/profile.ts';
import { declarations } from './openapi-declarations.ts';
import { devices } from './openapi-devices.ts';
import { mappings } from './openapi-mappings.ts';
import { matches } from './openapi-matches.ts';
import { json, keys, listOf, oneIdPath, operation, query, ref, text } from './openapi-parts.ts';
import { quality } from './openapi-quality.ts';
import { sources } from './openapi-sources.ts';

const evidence = (more: Readonly<Record<string, unknown>>) => ({
  type: 'array',
  items: {
    type: 'object',
    required: ['a', 'b', 'kind', 'verified', 'first_seen', 'event_id', 'sentence', ...Object.keys(more)],
    properties: { sentence: text, declared: { type: 'object', required: ['by', 'why'] }, ...more },
  },
});

/** The OpenAPI 3.1 document of the read and control API; schemas are those the code is checked against. */
export function openApi(): object {
  const tables = LAKE_TABLES.map((table) => `${table.name} (${table.columns.map((c) => c.name).join(', ')})`).join(
    '; ',
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Oneriver API',
      version: '0.1.0',
      description:
        'Read persons, evidence, quarantine and decisions, correct identities, and query the lake. Events go to the collector under /v1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/api/health': {
        get: operation(
          'Is it up?',
          json('Status', { type: 'object', required: ['status'], properties: { status: text } }),
        ),
      },
      '/api/openapi.json': { get: operation('This document', json('OpenAPI 3.1', { type: 'object' })) },
      '/api/persons': {
        get: operation(
          'The person with an identifier; without it, the persons seen last',
          json('A person, or a list', {
            anyOf: [ref('Person'), listOf('persons', { type: 'object' })],
          }),
          [
            query('identifier', 'type[:scope]:value, e.g. phone:13800138000 or openid:wx1f0a2b3c4d5e6f70:oABC'),
            query('limit', '1 to 500'),
          ],
        ),
      },
      '/api/persons/search': {
        post: {
          ...operation(
            'The persons that hold any of some identifiers, which stand in no URL',
            json('Persons', listOf('persons', ref('Person'))),
          ),
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['identifiers'],
                  properties: { identifiers: { ...keys, minItems: 1, maxItems: 10 } },
                },
              },
            },
          },
        },
      },
      '/api/persons/{one_id}': {
        get: operation('One person; a merged id answers with the surviving one', json('The person', ref('Person')), [
          oneIdPath,
        ]),
      },
      '/api/persons/{one_id}/events': {
        get: operation(
          "A person's events over all identifiers, newest first",
          json('Events', listOf('events', { type: 'object' })),
          [oneIdPath, query('limit', '1 to 1000')],
        ),
      },
      '/api/persons/{one_id}/explain': {
        get: operation(
          'The chain of evidence between two identifiers, weakest link first; what joined nothing; what keeps them apart',
          json('Evidence, each piece with a sentence, and with who declared it and why where somebody did', {
            type: 'object',
            required: ['one_id', 'from', 'to', 'same_person', 'identifiers', 'path', 'rejected', 'apart'],
            properties: {
              same_person: { type: 'boolean' },
              identifiers: keys,
              path: evidence({}),
              rejected: evidence({ reason: text, detail: text }),
              apart: evidence({ holds: { type: 'boolean' } }),
            },
          }),
          [oneIdPath, query('from', 'type[:scope]:value'), query('to', 'type[:scope]:value')],
        ),
      },
      ...declarations,
      ...devices,
      ...matches,
      ...mappings,
      ...quality,
      ...sources,
      '/api/quarantine': {
        get: operation(
          'Events that were accepted and could not be used, with reason and fix',
          json('Items', listOf('items', { type: 'object' })),
          [
            query('reason', 'From the reasons registry'),
            query('status', 'open, replayed or all'),
            query('event_id', 'Message id'),
            query('limit', '1 to 1000'),
          ],
        ),
      },
      '/api/decisions': {
        get: operation(
          'Campaign decisions: sent, or not sent and why',
          json('Decisions', listOf('decisions', ref('Decision'))),
          [
            query('one_id', 'A person'),
            query('campaign', 'Campaign id'),
            query('outcome', 'sent or not_sent'),
            query('limit', '1 to 1000'),
          ],
        ),
      },
      '/api/sql': {
        post: {
          ...operation(
            'Read-only SQL over the lake',
            json('Rows', {
              type: 'object',
              required: ['columns', 'rows', 'truncated'],
              properties: {
                columns: { type: 'array', items: text },
                rows: { type: 'array', items: { type: 'array' } },
                truncated: { type: 'boolean' },
              },
            }),
          ),
          description: `One SELECT. Tables: ${tables}; events_resolved (events with one_id); device_ownership; shared_devices.`,
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: { type: 'object', required: ['sql'], properties: { sql: text } } },
            },
          },
        },
      },
    },
    components: {
      schemas: { Person, Decision },
      responses: {
        Error: json('What was wrong and what to do', {
          type: 'object',
          required: ['error', 'message'],
          properties: { error: text, message: text },
        }),
      },
    },
  };
}
