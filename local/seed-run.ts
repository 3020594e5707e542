import type { HttpRequest } from '../functions/shared/http.ts';
import type { App } from './app.ts';
import { retailMonth } from './seed/month.ts';

const DAYS = 30;

/**
 * Sends a retailer's month of traffic through the collector, at the (virtual) times at which it arrived, so that timers
 * fire and campaigns decide on the way. Ends at the present. `onProgress` gets 0..1 and says whether to go on.
 * @returns whether the month went through to its end
 */
export async function runSeed(app: App, onProgress: (progress: number) => boolean): Promise<boolean> {
  const offsetMs = app.clock.offsetMs();
  const end = app.clock.now();
  const start = end - DAYS * 86_400_000;
  app.clock.holdAt(start);
  app.raw.syncToDisk(false);
  for (const { at, source_id, body } of retailMonth({ start, days: DAYS })) {
    if (at > end) break;
    await app.holdAt(at);
    const text = JSON.stringify(body);
    const request: HttpRequest = {
      method: 'POST',
      path: '/v1/batch',
      query: {},
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${app.sources.keyOf(source_id)}:`).toString('base64')}`,
      },
      body: Buffer.from(text),
    };
    await app.collect(request);
    if (!onProgress((at - start) / (end - start))) return false;
  }
  const present = app.clock.real() + offsetMs;
  await app.holdAt(present);
  app.raw.syncToDisk(true);
  app.clock.runFrom(present);
  await app.pipeline.materialise();
  onProgress(1);
  return true;
}
