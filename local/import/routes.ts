import type { ImportLedger } from '../../functions/import/ledger.ts';
import { intParameter } from '../../functions/serve/answer.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../functions/shared/http.ts';
import type { ImportEntry } from '../../schemas/import.ts';
import { reportOf } from './report.ts';

const KINDS: Readonly<Record<ImportEntry['state'], 'running' | 'done' | 'failed'>> = {
  running: 'running',
  done: 'done',
  failed: 'failed',
};

/** `GET /api/imports`: the imports that moved last, newest first. */
export async function listImports(
  request: HttpRequest,
  { app }: { readonly app: { readonly imports: { readonly ledger: ImportLedger } } },
): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const entries = await app.imports.ledger.list(limit);
  return jsonResponse(200, { imports: entries.map((entry) => reportOf({ kind: KINDS[entry.state], entry }, false)) });
}
