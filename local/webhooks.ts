import { postMessage, type WebhookTarget } from '../functions/fire/webhook.ts';
import type { VirtualClock } from './clock.ts';
import type { MessageStore } from './messages.ts';

/** Waits after each failed attempt, in seconds: five minutes in all, then the message is given up and says so. */
const RETRY_SECONDS = [1, 5, 30, 60, 240];
const LOT = 20;

/** Delivers the webhook messages that are due; a failed one is tried again later. Resolves with how many were tried. */
export async function deliverDue(
  messages: MessageStore,
  target: WebhookTarget | undefined,
  clock: VirtualClock,
): Promise<number> {
  const due = messages.due(clock.now(), LOT);
  for (const { message, attempts } of due) {
    try {
      if (!target) throw new Error('No webhook is configured; start with --webhook-url and --webhook-secret.');
      // The receiver checks the timestamp against its own clock, which knows nothing of ours.
      await postMessage(message, target, clock.real());
      messages.delivered(message.send_id);
    } catch (error) {
      const wait = RETRY_SECONDS[attempts];
      const dueAt = wait === undefined ? undefined : clock.now() + wait * 1000;
      messages.failed(message.send_id, { error: error instanceof Error ? error.message : String(error), dueAt });
    }
  }
  return due.length;
}
