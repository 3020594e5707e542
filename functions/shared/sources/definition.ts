import { Compile } from 'typebox/compile';
import type { Source } from '../../../schemas/event.ts';
import { SourceDefinition } from '../../../schemas/source.ts';
import { type Fault, faultBy } from '../definition-fault.ts';
import { MATCHING_SOURCE } from '../match/source.ts';
import { OPERATORS } from '../operators.ts';
import { knownZone } from '../time.ts';
import type { ProtocolFacts } from './protocols.ts';

const validator = Compile(SourceDefinition);
/** Names that the platform itself speaks under. */
const RESERVED: ReadonlySet<string> = new Set([OPERATORS, MATCHING_SOURCE.source_id, 'unknown', 'path']);
const PATH = /^\/[A-Za-z0-9._~/-]{1,189}$/;
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/;

/** What of a definition travels with events. */
export function sourceOf({
  owner: _owner,
  description: _description,
  aliases: _aliases,
  activity: _activity,
  commercial_value: _value,
  disabled,
  ...source
}: SourceDefinition): Source {
  return disabled === undefined ? source : { ...source, disabled: true };
}

/**
 * How far a source is to be trusted over others, 0..100: activity × commercial value, of five each. Undefined where it has not
 * been marked. @param measured the activity where none is declared
 */
export function priorityOf(
  { activity, commercial_value }: Pick<SourceDefinition, 'activity' | 'commercial_value'>,
  measured?: number,
): number | undefined {
  const active = activity ?? measured;
  return active === undefined || commercial_value === undefined ? undefined : active * commercial_value * 4;
}

/** The activity, 0..5, of a source that sends so many events a day: one mark for each power of ten from 1 to 10,000. */
export const activityOf = (eventsPerDay: number): number =>
  eventsPerDay <= 0 ? 0 : Math.min(5, Math.max(1, Math.floor(Math.log10(eventsPerDay)) + 1));

/** Nothing, or the first fault, with the JSON pointer of where it is. `value` may be anything. */
export function definitionFault(value: unknown, protocols: ProtocolFacts): Fault | undefined {
  if (!validator.Check(value)) return faultBy(SourceDefinition, value, '');
  return (
    namesFault(value) ??
    protocolFault(value, protocols) ??
    (value.aliases ?? [])
      .map((alias, i) => aliasFault(alias, { at: `/aliases/${i}`, of: value, protocols }))
      .find((fault) => fault !== undefined)
  );
}

function namesFault({ source_id, time_zone, allowed_origins }: SourceDefinition): Fault | undefined {
  if (RESERVED.has(source_id)) {
    return { at: '/source_id', message: `The name "${source_id}" is taken by the platform; choose another.` };
  }
  if (knownZone(time_zone) === undefined) {
    return { at: '/time_zone', message: 'There is no such IANA time zone; write it as Asia/Shanghai.' };
  }
  const wrong = allowed_origins.findIndex((origin) => !ORIGIN.test(origin));
  if (wrong < 0) return undefined;
  const message = 'An origin is a scheme and a host in lower case, without a path: https://shop.example.com.';
  return { at: `/allowed_origins/${wrong}`, message };
}

function protocolFault(of: SourceDefinition, protocols: ProtocolFacts): Fault | undefined {
  const { protocol } = of;
  if (protocol === undefined) {
    if (of.class !== 'signed') return undefined;
    return { at: '/protocol', message: 'A signed source takes what one platform signs; name its protocol.' };
  }
  if (!protocols.has(protocol)) {
    return { at: '/protocol', message: `There is no protocol "${protocol}"; there are ${protocols.names.join(', ')}.` };
  }
  if (of.class !== 'signed' || protocols.isSigned(protocol)) return undefined;
  return { at: '/class', message: `Nothing signs what comes by ${protocol}; the class is public or secret.` };
}

function aliasFault(
  alias: string,
  { at, of, protocols }: { at: string; of: SourceDefinition; protocols: ProtocolFacts },
): Fault | undefined {
  const fault = (message: string): Fault => ({ at: at, message });
  const [name = '', ...rest] = alias.split(':');
  if (of.class !== 'public') {
    return fault(`Anybody can know an alias, so it proves nothing: a ${of.class} source has none. Use its key.`);
  }
  if (name !== 'path') {
    if (protocols.has(name)) return undefined;
    return fault(`There is no protocol "${name}"; there are ${protocols.names.join(', ')}.`);
  }
  const path = rest.join(':');
  if (of.protocol === undefined) return fault('What comes to a path of its own is read by the protocol; name it.');
  if (!PATH.test(path)) return fault('A path begins with a slash and has letters, digits and . _ ~ - / in it.');
  if (!protocols.isRouted(path)) return undefined;
  return fault(`The path ${path} has a meaning for all sources already; choose another.`);
}
