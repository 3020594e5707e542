import { TOPOLOGY } from '../../functions/shared/topology.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import type { Finished } from './finished.ts';
import { decisionsOf } from './lake-view.ts';
import type { ExpectedPerson } from './oracle.ts';

type Persons = ReadonlyMap<string, ExpectedPerson>;

/** What is wrong with decisions and messages. */
export function messageFaults(finished: Finished, persons: Persons): string[] {
  const decisions = [...decisionsOf(finished.cloud.lake).values()];
  return [
    ...sendingFaults(finished, decisions),
    ...owedFaults(finished, persons, decisions),
    ...repeatedSends(decisions),
    // Whom new rules split may ask for what had been superseded when they were one; that stays undecided.
    ...(finished.cloud.rulesChange ? [] : timerFaults(persons, decisions)),
  ];
}

/** What was decided to be sent was, and nothing else. */
function sendingFaults({ cloud }: Finished, decisions: readonly LakeRow[]): string[] {
  const sent = new Set(decisions.filter(({ outcome }) => outcome === 'sent').map(({ send_id }) => String(send_id)));
  const messages = new Set(cloud.dynamo.all('outbox').map(({ send_id }) => send_id?.S ?? ''));
  return [
    ...[...sent].filter((id) => !messages.has(id)).map((id) => `${id} was decided and not sent`),
    ...[...messages].filter((id) => !sent.has(id)).map((id) => `${id} was sent without a decision`),
  ];
}

/** Who is owed a message got it once, when it was due; later only where it could not be decided before. */
function owedFaults({ owed, ledger }: Finished, persons: Persons, decisions: readonly LakeRow[]): string[] {
  const faults: string[] = [];
  for (const { shopper, campaign, userId, subject, due, until } of owed) {
    const person = persons.get(`user_id:${userId}`);
    const about = [...ledger.values()].filter(({ sent: { tag } }) => tag.startsWith(`${shopper}.`));
    if (!person || about.some(({ acknowledged }) => !acknowledged)) continue;
    const own = decisions.filter(
      (row) => row.campaign === campaign && row.one_id === person.one_id && row.subject === subject,
    );
    const name = `${campaign} for ${userId}`;
    if (own.length !== 1) faults.push(`${name} was decided ${own.length} times`);
    for (const { outcome, reason, due_at, decided_at } of own) {
      const inTime = Date.parse(String(decided_at)) <= until - TOPOLOGY.timers.precision_seconds * 1000;
      if (Date.parse(String(due_at)) !== due) {
        faults.push(`${name} was due at ${due_at}, not ${new Date(due).toISOString()}`);
      }
      if (inTime && outcome !== 'sent') faults.push(`${name} was not sent at ${decided_at}: ${reason}`);
    }
  }
  return faults;
}

const nameOf = (row: { campaign?: unknown; subject?: unknown; due_at?: unknown }): string =>
  `${row.campaign} ${row.subject} ${row.due_at}`;

/** Whatever a person's state asks for in the end was decided, under whichever id the person had then. */
function timerFaults(persons: Persons, decisions: readonly LakeRow[]): string[] {
  const decided = new Set(decisions.map(nameOf));
  const wanted = new Set([...persons.values()].flatMap(({ timers }) => timers));
  return [...wanted].filter((timer) => !decided.has(timer)).map((timer) => `${timer} was never decided`);
}

/** An event sends at most one message, however often and by whomever it is decided about. */
function repeatedSends(decisions: readonly LakeRow[]): string[] {
  const sends = decisions.filter(({ outcome, subject }) => outcome === 'sent' && subject === '').map(nameOf);
  return sends.filter((name, index) => sends.indexOf(name) !== index).map((name) => `${name} was sent twice`);
}
