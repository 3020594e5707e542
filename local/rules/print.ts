import type { Isolations, Regrouping } from '../../functions/shared/identity/diff-report.ts';
import type { ScaryPerson } from '../../functions/shared/identity/scare.ts';
import type { RulesPreview } from '../../functions/shared/person/preview.ts';
import type { RulesState } from './desk.ts';

const SHOWN = 5;

/** What new rules would change, for a human at a terminal. */
export function previewText(report: RulesPreview): string {
  const { versions, identifiers, persons, ids, merges, splits, components, isolated, audiences } = report;
  const lines = [
    `Rules ${versions.before} → ${versions.after}, replayed on ${identifiers} identifiers`,
    '',
    `Persons        ${persons.before} → ${persons.after}`,
    `One IDs        ${ids.kept} kept, ${ids.gone} gone, ${ids.added} new`,
    `Merges         ${merges.count} persons out of ${merges.of}`,
    ...regroupings(merges.examples, '←'),
    `Splits         ${splits.count} persons into ${splits.into}`,
    ...regroupings(splits.examples, '→'),
    `Shared         ${isolationText(isolated.newly)} newly; ${isolationText(isolated.no_longer)} no longer`,
    `Largest set    ${components.largest} connected identifiers of at most ${components.bound}${
      components.too_large > 0 ? `; ${components.too_large} sets are TOO LARGE and these rules will be refused` : ''
    }`,
    '',
    'Persons by number of identifiers',
    ...sizeLines(report.sizes),
    '',
    `Audiences affected: ${audiences.persons} One IDs are looked at anew`,
    ...audiences.tags.map(({ id, persons: n }) => `  tag       ${id.padEnd(36)} ${n}`),
    ...audiences.campaigns.map(({ id, persons: n }) => `  campaign  ${id.padEnd(36)} ${n}`),
    '',
    'Scariest persons under the new rules',
    ...report.scariest.flatMap(scaryLines),
  ];
  return `${lines.join('\n')}\n`;
}

const regroupings = (examples: readonly Regrouping[], arrow: string): string[] =>
  examples.slice(0, SHOWN).map(({ one_id, others }) => `  ${one_id} ${arrow} ${others.slice(0, SHOWN).join(', ')}`);

function isolationText({ count, by_reason }: Isolations): string {
  const reasons = Object.entries(by_reason).map(([reason, n]) => `${n} ${reason}`);
  return reasons.length === 0 ? String(count) : `${count} (${reasons.join(', ')})`;
}

function sizeLines({ before, after }: RulesPreview['sizes']): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const from = (name: string): number => Number.parseInt(name, 10);
  return names
    .sort((x, y) => from(x) - from(y))
    .map((name) => `  ${name.padStart(9)}  ${String(before[name] ?? 0).padStart(8)} → ${after[name] ?? 0}`);
}

function scaryLines(person: ScaryPerson, at: number): string[] {
  const { weakest } = person;
  const strong = Object.entries(person.strong).map(([type, n]) => `${n} ${type}`);
  const link = weakest
    ? `weakest link ${weakest.a} – ${weakest.b} (${weakest.kind}, ${weakest.verified ? 'verified' : 'unverified'}, ${
        weakest.source_id
      }; ${weakest.sides.join(' + ')} identifiers)`
    : '';
  return [
    `${String(at + 1).padStart(3)}. ${person.one_id}  score ${person.score}  ${person.size} identifiers: ${
      strong.join(', ') || 'none strong'
    }, ${person.weak} weak; of ${person.joined} persons before`,
    `     ${link}`,
    `     ${person.identifiers.join(' ')}${person.size > person.identifiers.length ? ' …' : ''}`,
  ];
}

/** What is in force, and how far a change has got. */
export function stateText({ active, next, history, sweep, failure }: RulesState): string {
  const types = active.types.map(({ type, strong, limit, limit_window, weak_may_join, plentiful }) => {
    const per = limit_window === undefined || limit_window === 'ever' ? '' : ` a ${limit_window}`;
    return `  ${type.padEnd(18)} ${strong ? 'strong' : 'weak  '}  at most ${limit}${per}${
      weak_may_join ? ', a weak identifier may join two' : ''
    }${plentiful ? ', plentiful' : ''}`;
  });
  const lines = [
    `Version ${active.version} is in force${next ? `; version ${next.version} follows when its evidence is collected` : ''}`,
    ...types,
    `  ${active.blocked_values.length} blocked values, ${active.blocked_patterns?.length ?? 0} patterns; max_degree ${active.max_degree}, max_component ${active.max_component}`,
    ...(sweep ? [sweepText(sweep)] : []),
    ...(failure ? [`The sweep stands still: ${failure}. It goes on at the next start, or with the next apply.`] : []),
    'History',
    ...(history.length === 0 ? ['  none: the rules that ship with the product'] : []),
    ...history.map(({ version, previous, at, by, why }) => `  ${at}  ${previous} → ${version}  ${by}: ${why}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** How far a sweep has got, in one line. */
export function sweepText(sweep: NonNullable<RulesState['sweep']>): string {
  const { version, phase, looked, changed, refused, finished_at } = sweep;
  const where = phase === 'done' ? `done at ${finished_at}` : `under way (${phase})`;
  const left = refused.length > 0 ? `, ${refused.length} left as they were: too large` : '';
  return `Sweep to version ${version}: ${where}, ${looked} documents looked at, ${changed} changed${left}`;
}
