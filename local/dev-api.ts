import type { ServerResponse } from 'node:http';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../functions/shared/http.ts';
import { own } from '../functions/shared/own.ts';
import { REASONS } from '../schemas/reasons.ts';
import type { App } from './app.ts';
import { parseClockMove } from './clock-move.ts';

/** What the embedded server knows about itself, beyond the app. */
export interface ServerStatus {
  status: 'seeding' | 'ready';
  /** 0..1 */
  progress: number;
  readonly url: string;
}

const HEARTBEAT_MS = 15_000;
const STATS_EVERY_MS = 1000;
/** Bytes that may wait for a slow watcher before messages to it are skipped. */
const MAX_WATCHER_BACKLOG = 256 * 1024;

const reasonText = (reason: string): { title: string; fix: string } =>
  own<{ title: string; fix: string }>(REASONS, reason) ?? { title: reason, fix: '' };

/** Counts of every stage since the data folder was made: exact, but that a crash may cost collect its last moment's. */
export function statsOf(app: App, status: ServerStatus): object {
  const { counters } = app;
  const get = (name: string): number => counters.get(name);
  const quarantine = counters.under('quarantine.').filter(([, count]) => count > 0);
  return {
    status: status.status,
    progress: status.progress,
    now: new Date(app.clock.now()).toISOString(),
    clock_offset_ms: Math.round(app.clock.offsetMs()),
    url: status.url,
    public_key: app.sources.keyOf('web'),
    stages: {
      collect: {
        requests: get('collect.requests'),
        accepted: get('collect.accepted'),
        refused: get('collect.refused'),
      },
      clean: { events: get('clean.events'), quarantined: get('clean.quarantined'), flags: get('clean.flags') },
      stitch: {
        events: get('stitch.events'),
        duplicates: get('stitch.duplicates'),
        persons: get('stitch.created') + get('stitch.split') - get('stitch.merged'),
        merges: get('stitch.merged'),
      },
      lake: app.lake.totals(),
      fire: { armed: app.timers.waiting(), sent: get('fire.sent'), not_sent: get('fire.not_sent') },
    },
    backlog: app.pipeline.backlog(),
    quarantine: quarantine.map(([reason, count]) => ({ reason, ...reasonText(reason), count })),
    decisions: counters.under('decisions.').map(([name, count]) => {
      const [campaign, outcome, reason] = name.split('|');
      return { campaign, outcome, reason, count };
    }),
    refused: counters.under('refused.').map(([reason, count]) => ({ reason, title: reasonText(reason).title, count })),
  };
}

/** `GET /api/live`: server-sent events until the watcher leaves or the data folder closes. */
export function streamLive(app: App, status: ServerStatus, response: ServerResponse): undefined {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  const send = (message: object): void => {
    if (response.writableLength < MAX_WATCHER_BACKLOG) response.write(`data: ${JSON.stringify(message)}\n\n`);
  };
  const sendStats = (): void => send({ kind: 'stats', stats: statsOf(app, status) });
  const unsubscribe = app.live.subscribe(send, () => {
    clearInterval(stats);
    response.end();
  });
  const stats = setInterval(sendStats, STATS_EVERY_MS);
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
  sendStats();
  response.on('close', () => {
    unsubscribe();
    clearInterval(stats);
    clearInterval(heartbeat);
  });
}

/** `POST /api/clock`: moves the virtual clock forward; answers when everything due on the way has been decided. */
export async function moveClock(app: App, request: HttpRequest): Promise<HttpResponse> {
  const before = app.clock.now();
  const move = parseClockMove(request.body.toString('utf8'), before);
  if ('error' in move) return jsonResponse(400, { error: 'invalid_clock', message: move.error });
  await app.advanceTo(move.to);
  return jsonResponse(200, {
    before: new Date(before).toISOString(),
    now: new Date(app.clock.now()).toISOString(),
    clock_offset_ms: Math.round(app.clock.offsetMs()),
  });
}
