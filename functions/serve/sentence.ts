import type { Evidence } from '../../schemas/evidence.ts';

/** Who declared a piece of evidence, and why. */
export interface Declared {
  readonly by: string;
  readonly why: string;
}

/** `2026-11-22 02:00 UTC` of an ISO 8601 time. */
const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** What happened, without its full stop. `who` is whoever declared it. */
function happened({ a, b, kind, confidence, model, source_id }: Evidence, who: string): string {
  switch (kind) {
    case 'same_event':
      return `${a} and ${b} came in one event of source ${source_id}`;
    case 'login':
      return `${a} and ${b} were named together at a login in source ${source_id}`;
    case 'import':
      return `${source_id}, a server, named ${a} and ${b} as one person`;
    case 'probabilistic':
      return `The model ${model ?? 'of that time'} is ${confidence} sure that ${a} and ${b} are one person`;
    case 'bind':
      return `${who} bound ${a} and ${b} together`;
    case 'manual':
      return `${who} declared ${a} and ${b} one person`;
    case 'unbind':
      return a === b
        ? `${who} released ${a} from what it was seen with before`
        : `${who} declared that ${a} and ${b} no longer belong together`;
    case 'split':
      return `${who} keeps ${a} and ${b} apart`;
    case 'retract':
      return `${who} took back what was declared about ${a === b ? a : `${a} and ${b}`}`;
  }
}

/**
 * A piece of evidence as one or two sentences of English: what happened, when, who said so and why. `but` is a second sentence
 * without its full stop, such as why it joins nothing.
 */
export function sentenceOf(
  edge: Evidence,
  { declared, but }: { readonly declared?: Declared | undefined; readonly but?: string | undefined } = {},
): string {
  const who = declared?.by ?? `Source ${edge.source_id}`;
  const why = declared === undefined ? '' : `: "${declared.why}"`;
  const trust = edge.verified ? 'verified' : 'not verified';
  const first = `${happened(edge, who)} (${moment(edge.last_seen ?? edge.first_seen)}, ${trust})${why}.`;
  return but === undefined ? first : `${first} ${but.replace(/\.$/, '')}.`;
}
