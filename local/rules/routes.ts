import { RequestError } from '../../functions/serve/answer.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../functions/shared/http.ts';
import { RulesRefused } from '../../functions/shared/identity/active-rules.ts';
import { IdentityRulesError } from '../../functions/shared/identity/resolve.ts';
import { isObject } from '../../functions/shared/json.ts';
import type { App } from '../app.ts';
import { callerOf } from '../operator.ts';

/** `GET /api/rules`: the rules in force, their history, and how far a change has got. */
export async function showRules(_: HttpRequest, { app }: { app: App }): Promise<HttpResponse> {
  return jsonResponse(200, await app.rules.state());
}

/** `POST /api/rules/diff` with `{ rules }`: what they would change. */
export async function diffRules(request: HttpRequest, { app }: { app: App }): Promise<HttpResponse> {
  return await answered(async () => jsonResponse(200, await app.rules.diff(bodyOf(request).rules)));
}

/** `POST /api/rules/apply` with `{ rules, why }`: puts them in force; answers when the sweep has begun. */
export async function applyRules(request: HttpRequest, { app }: { app: App }): Promise<HttpResponse> {
  return await answered(async () => {
    const { rules, why } = bodyOf(request);
    const report = await app.rules.apply(rules, { by: callerOf(request), why: typeof why === 'string' ? why : '' });
    return jsonResponse(202, report);
  });
}

async function answered(work: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IdentityRulesError) throw new RequestError(400, 'invalid_rules', error.message);
    if (error instanceof RulesRefused) throw new RequestError(409, 'rules_refused', error.message);
    throw error;
  }
}

function bodyOf({ body }: HttpRequest): { readonly rules?: unknown; readonly why?: unknown } {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new RequestError(400, 'invalid_json', 'Send a JSON object: {"rules": {…}, "why": "…"}.');
}
