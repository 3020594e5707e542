import type { CleanEvent } from '../../schemas/event.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import type { Step } from './draft.ts';

/** Reads the consent that the event declares. */
export const readConsent: Step = (draft) => {
  draft.consent = consentOf(draft.context);
  return undefined;
};

/**
 * Purpose to boolean: Segment's `context.consent.categoryPreferences`, or booleans right below `context.consent`. Only
 * booleans count; "yes" is no consent.
 */
export function consentOf(context: JsonObject): CleanEvent['consent'] {
  if (!isObject(context.consent)) return {};
  const { categoryPreferences } = context.consent;
  const consent: CleanEvent['consent'] = {};
  for (const [purpose, given] of Object.entries(
    isObject(categoryPreferences) ? categoryPreferences : context.consent,
  )) {
    if (typeof given === 'boolean') consent[purpose] = given;
  }
  return consent;
}
