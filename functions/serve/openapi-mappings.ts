import { MappingDefinition } from '../../schemas/mapping.ts';
import { json, listOf, operation, text } from './openapi-parts.ts';

const { mapping: _mapping, version: _version, ...changeable } = MappingDefinition.properties;
const object = { type: 'object' };
const nameOf = { name: 'name', in: 'path', required: true, schema: text };
const version = {
  type: 'object',
  required: ['definition', 'at', 'by', 'why'],
  properties: { definition: MappingDefinition, at: text, by: text, why: text },
};

const body = (properties: Readonly<Record<string, unknown>>, required: readonly string[]) => ({
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { type: 'object', required, properties } } },
  },
});

/** The paths about mappings. */
export const mappings = {
  '/api/mappings': {
    get: operation('The mappings in force', json('Mappings', listOf('mappings', version))),
  },
  '/api/mappings/{name}': {
    get: operation('The versions of a mapping that are kept', json('Versions', listOf('versions', version)), [nameOf]),
    put: {
      ...operation('Puts the next version of a mapping in force', json('Stored', object), [nameOf]),
      ...body({ ...changeable, reason: text }, ['title', 'owner', 'purpose', 'expression', 'reason']),
    },
  },
  '/api/mappings/preview': {
    post: {
      ...operation('What a mapping would make of events; nothing is stored', json('By outcome', object)),
      ...body(
        {
          definition: object,
          mapping: text,
          source: text,
          events: { type: 'array', items: object },
          last: { type: 'integer', minimum: 1, maximum: 500 },
        },
        ['source'],
      ),
    },
  },
};
