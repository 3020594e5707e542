import { json, keys, operation, query, text } from './openapi-parts.ts';

const nullable = { type: ['string', 'null'] };
const object = (properties: Readonly<Record<string, unknown>>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

/** The paths about devices and browsers. */
export const devices = {
  '/api/devices/{identifier}': {
    get: operation(
      'Who uses a device or browser: shared or not, with whom, and who was signed in when',
      json(
        'The device',
        object({
          identifier: text,
          one_id: text,
          shared: { type: 'boolean' },
          shared_with: { type: 'array', items: object({ one_id: text, identifiers: keys }) },
          shared_with_more: { type: 'boolean' },
          anonymous_events: { type: 'integer' },
          ownership: {
            type: 'array',
            items: object({
              owner: text,
              one_id: nullable,
              valid_from: text,
              valid_to: nullable,
              began_with: { enum: ['login', 'activity'] },
              ended_with: { enum: ['logout', 'other_login', null] },
            }),
          },
        }),
      ),
      [
        {
          name: 'identifier',
          in: 'path',
          required: true,
          description: 'device_id:value or anonymous_id:value',
          schema: text,
        },
        query('limit', '1 to 1000 intervals'),
      ],
    ),
  },
};
