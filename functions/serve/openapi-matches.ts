import { MAX_WHY_CHARS } from '../shared/control-event.ts';
import { json, keys, listOf, query, text } from './openapi-parts.ts';

const reference = { $ref: '#/components/responses/Error' };
const reviewPath = {
  name: 'review_id',
  in: 'path',
  required: true,
  description: 'A review, as GET /api/matches lists it',
  schema: text,
};
const number = { type: 'number' };
const review = {
  type: 'object',
  required: ['review_id', 'status', 'a', 'b', 'confidence', 'model', 'reason', 'found_at'],
  properties: { review_id: text, status: text, a: text, b: text, confidence: number, model: text, reason: text },
};
const side = {
  type: 'object',
  required: ['identifier', 'one_id', 'record'],
  properties: { identifier: text, one_id: { type: ['string', 'null'] }, record: { type: 'object' } },
};
const flag = { type: 'boolean' };

const decision = (action: string, summary: string) => ({
  [`/api/matches/{review_id}/${action}`]: {
    post: {
      summary,
      parameters: [reviewPath],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['reason'],
              properties: { reason: { type: 'string', minLength: 1, maxLength: MAX_WHY_CHARS } },
            },
          },
        },
      },
      responses: {
        '202': json('Durable, and what was declared', {
          type: 'object',
          required: ['review_id', 'decision', 'action', 'identifiers', 'by', 'reason', 'event_id', 'received_at'],
          properties: { review_id: text, decision: text, action: text, identifiers: keys, by: text, reason: text },
        }),
        '400': reference,
        '403': reference,
        '404': reference,
        '409': reference,
        '503': reference,
      },
    },
  },
});

/** The paths of pairs that a model finds alike and a human decides. */
export const matches = {
  '/api/matches': {
    get: {
      summary: 'Pairs of persons that a model finds alike, surest first',
      parameters: [query('status', 'open (default), accepted, rejected, settled or all'), query('limit', '1 to 1000')],
      responses: { '200': json('Reviews', listOf('matches', review)), '400': reference },
    },
  },
  '/api/matches/{review_id}': {
    get: {
      summary: 'Both sides as they are now, and how the score came about',
      parameters: [reviewPath],
      responses: {
        '200': json('The review', {
          ...review,
          required: [...review.required, 'same_person', 'may_join', 'left', 'right', 'waterfall'],
          properties: {
            ...review.properties,
            same_person: flag,
            may_join: flag,
            left: side,
            right: side,
            waterfall: { type: 'object', required: ['priorBits', 'contributions', 'bits', 'probability'] },
          },
        }),
        '404': reference,
      },
    },
  },
  '/api/matches/{review_id}/waterfall.svg': {
    get: {
      summary: 'How the score came about, as a picture',
      parameters: [reviewPath],
      responses: {
        '200': { description: 'SVG', content: { 'image/svg+xml': { schema: text } } },
        '404': reference,
      },
    },
  },
  ...decision('accept', 'They are one human: binds the two'),
  ...decision('reject', 'They are two: splits them for good'),
};
