/** A string. */
export const text = { type: 'string' };

/** A parameter of the query string. */
export const query = (name: string, description: string, required = false) => ({
  name,
  in: 'query',
  required,
  description,
  schema: text,
});

/** The person in the path. */
export const oneIdPath = {
  name: 'one_id',
  in: 'path',
  required: true,
  description: 'Any One ID the person ever had',
  schema: text,
};

/** A JSON answer. */
export const json = (description: string, schema: unknown) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A schema of `components`. */
export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** An object with one list. */
export const listOf = (name: string, items: unknown) => ({
  type: 'object',
  required: [name],
  properties: { [name]: { type: 'array', items } },
});

/** Identifier keys. */
export const keys = { type: 'array', items: text };
const errors = {
  '400': { $ref: '#/components/responses/Error' },
  '404': { $ref: '#/components/responses/Error' },
};

/** An operation that answers 200, 400 or 404. */
export const operation = (summary: string, ok: unknown, parameters: readonly unknown[] = []) => ({
  summary,
  parameters,
  responses: { '200': ok, ...errors },
});
