import type { ServerResponse } from 'node:http';
import { errorResponse, intParameter, RequestError } from '../functions/serve/answer.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../functions/shared/http.ts';
import { REASONS } from '../schemas/reasons.ts';
import type { App } from './app.ts';
import { listConnectors } from './connect/routes.ts';
import { moveClock, type ServerStatus, statsOf, streamLive } from './dev-api.ts';
import { listImports } from './import/routes.ts';
import { rerunMapping } from './mapping-cli/routes.ts';
import { NoModel } from './matching/matching.ts';
import { MatchTaskError } from './matching/thread-client.ts';
import { replay } from './replay-api.ts';
import { applyRules, diffRules, showRules } from './rules/routes.ts';

/** What the local routes work on. */
export interface LocalContext {
  readonly app: App;
  readonly status: ServerStatus;
  /** Takes the answer over where a route streams. */
  readonly response: ServerResponse;
  /** Deletes all data and starts anew and empty. */
  reset(): Promise<void>;
}

type LocalAnswer = HttpResponse | undefined;
type LocalHandler = (request: HttpRequest, context: LocalContext) => Promise<LocalAnswer> | LocalAnswer;

/** Routes that only the embedded server has, by method and path. */
const ROUTES: ReadonlyMap<string, LocalHandler> = new Map<string, LocalHandler>([
  ['GET /api/health', (_, context) => health(context)],
  ['GET /api/stats', (_, { app, status }) => jsonResponse(200, statsOf(app, status))],
  ['GET /api/live', (_, { app, status, response }) => streamLive(app, status, response)],
  ['GET /api/outbox', listOutbox],
  ['GET /api/clock', (_, { app }) => readClock(app)],
  ['POST /api/clock', unlessSeeding((request, { app }) => moveClock(app, request))],
  ['POST /api/replay', unlessSeeding((request, { app }) => replay(app, request))],
  ['POST /api/mappings/rerun', unlessSeeding((request, { app }) => rerunMapping(request, app))],
  ['POST /api/matches/train', unlessSeeding((_, { app }) => runMatching(() => app.matching.train()))],
  ['POST /api/matches/link', unlessSeeding((_, { app }) => runMatching(() => app.matching.link()))],
  ['GET /api/rules', showRules],
  ['POST /api/rules/diff', unlessSeeding(diffRules)],
  ['POST /api/rules/apply', unlessSeeding(applyRules)],
  ['GET /api/imports', listImports],
  ['GET /api/connectors', listConnectors],
  ['POST /api/reset', unlessSeeding(resetAll)],
]);

/** Paths by which identity is changed: as the collector, they wait for the sample traffic. */
const DECLARES = /^\/api\/(?:identity\/\w+|persons\/[^/]+\/split|matches\/[^/]+\/\w+)$/;

/** Answers what only the embedded server has. Null: it is not one of them. Undefined: the answer is being streamed. */
export async function answerLocal(
  request: HttpRequest,
  context: LocalContext,
): Promise<HttpResponse | undefined | null> {
  const handle = ROUTES.get(`${request.method} ${request.path}`);
  if (DECLARES.test(request.path) && context.status.status === 'seeding') return notReady();
  try {
    if (handle) return await handle(request, context);
  } catch (error) {
    if (error instanceof RequestError) return errorResponse(error);
    throw error;
  }
  const allowed = ['GET', 'POST'].filter((method) => ROUTES.has(`${method} ${request.path}`));
  return allowed.length === 0 ? null : methodNotAllowed(request, allowed);
}

async function runMatching(work: () => Promise<object>): Promise<HttpResponse> {
  try {
    return jsonResponse(200, await work());
  } catch (error) {
    if (!(error instanceof NoModel || error instanceof MatchTaskError)) throw error;
    throw new RequestError(409, 'cannot_match', error.message);
  }
}

/** 405 with the methods that the path does take. */
export function methodNotAllowed(request: HttpRequest, allowed: readonly string[]): HttpResponse {
  const allow = allowed.join(', ');
  const message = `Use ${allow} ${request.path.slice(0, 120)}.`;
  return jsonResponse(405, { error: 'method_not_allowed', message }, { allow });
}

/** 503 until the sample traffic has gone through; SDKs send again. */
export const notReady = (): HttpResponse =>
  jsonResponse(
    503,
    {
      success: false,
      error: 'not_ready',
      reason: 'not_ready',
      message: REASONS.not_ready.title,
      fix: REASONS.not_ready.fix,
    },
    { 'retry-after': '2' },
  );

function unlessSeeding(handle: LocalHandler): LocalHandler {
  return (request, context) => (context.status.status === 'seeding' ? notReady() : handle(request, context));
}

function health({ app, status: { status, progress } }: LocalContext): HttpResponse {
  const failure = app.pipeline.failure();
  const now = new Date(app.clock.now()).toISOString();
  if (failure !== undefined) {
    const message = `The pipeline stands still: ${failure}. Nothing is lost; put it right and start again.`;
    return jsonResponse(503, { status: 'stopped', now, message });
  }
  if (status !== 'ready') return jsonResponse(503, { status, progress, now }, { 'retry-after': '1' });
  return jsonResponse(200, { status: 'ok', progress, now });
}

async function listOutbox(request: HttpRequest, { app }: LocalContext): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  await app.pipeline.settled();
  return jsonResponse(200, { messages: app.messages.list(limit) });
}

const readClock = ({ clock }: App): HttpResponse =>
  jsonResponse(200, { now: new Date(clock.now()).toISOString(), clock_offset_ms: clock.offsetMs() });

async function resetAll(_: HttpRequest, context: LocalContext): Promise<HttpResponse> {
  await context.reset();
  return jsonResponse(200, { status: 'reset' });
}
