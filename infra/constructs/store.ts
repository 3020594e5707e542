import { Lazy, Tags } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RetentionClass, Retention as RetentionDays } from '../../functions/shared/retention.ts';
import type { Classification } from '../../schemas/lake-table.ts';

/** How what a store holds of a person is made to go when the person is erased. */
export const ERASURE = {
  not_needed: 'holds nothing of a person',
  expires: 'nothing is deleted one by one: all of it is gone after its retention',
  items: 'the items of the person are deleted by their keys',
  rows: "the person's rows are deleted with SQL; then files are written anew, old snapshots expire and their files go",
  data_key: 'the item of a token goes, and with it the only copy of the key that opens its value',
} as const;

export type Erasure = keyof typeof ERASURE;

/**
 * How long something is kept: as long as its class in the deployment's settings, so many days or hours, until the person is
 * erased, or until it has done its work. `by: 'upkeep'` where the lake's own upkeep deletes, and no setting of the store.
 */
export type Retention =
  | { readonly class: RetentionClass; readonly by?: 'upkeep' }
  | { readonly days: number }
  | { readonly hours: number }
  | { readonly until: 'erasure' | 'done' };

/** What a data protection officer asks of each place where data rests, if only for a moment. */
export interface StoreDeclaration {
  /** What is in it, in a few words. */
  readonly holds: string;
  /**
   * `tokens`: about persons, who are named by keyed tokens and by ids that tell nobody else anything; `personal`: values that
   * may say who somebody is, or what they are like.
   */
  readonly pii: Classification;
  readonly retention: Retention;
  readonly erasure: Erasure;
}

/** A bucket may hold different things under different prefixes: each is declared on its own. */
export type Declaration = StoreDeclaration | { readonly prefixes: Readonly<Record<string, StoreDeclaration>> };

const declared = new WeakMap<IConstruct, Declaration>();
const classes = new WeakMap<IConstruct, RetentionDays>();

/** What was declared of a construct, if anything. */
export const declarationOf = (construct: IConstruct): Declaration | undefined => declared.get(construct);

/** Sets the days of each retention class for all stores of an app. */
export const setRetention = (scope: IConstruct, days: RetentionDays): void => void classes.set(scope.node.root, days);

/** The days that something is kept; undefined where that is not a matter of days. */
export function daysOf(store: IConstruct, retention: Retention): number | undefined {
  if ('class' in retention) return classes.get(store.node.root)?.[retention.class];
  return 'days' in retention ? retention.days : undefined;
}

/** The declarations of a store, by prefix; '' stands for the whole of it. */
export const partsOf = (of: Declaration): [prefix: string, part: StoreDeclaration][] =>
  'prefixes' in of ? Object.entries(of.prefixes) : [['', of]];

/** `30 days`, `24 hours`, `until erasure`. */
export function retentionText(store: IConstruct, retention: Retention): string {
  if ('until' in retention) return `until ${retention.until}`;
  return 'hours' in retention ? `${retention.hours} hours` : `${daysOf(store, retention) ?? '?'} days`;
}

const SEVERITY: readonly Classification[] = ['none', 'tokens', 'personal'];

/** The most sensitive of some classifications. */
export const worstOf = (all: readonly Classification[]): Classification =>
  SEVERITY.findLast((pii) => all.includes(pii)) ?? 'none';

const oneOrMore = (values: readonly string[]): string => (new Set(values).size === 1 ? (values[0] ?? '') : 'by prefix');

/**
 * Says of a store what it holds of persons, for how long, and how that is erased. The answer is in the store's tags, where an
 * inventory of the account finds it, and in docs/data-stores.md. Synthesis fails for a store of which nothing is said.
 */
export function declareStore<T extends IConstruct>(store: T, of: Declaration): T {
  declared.set(store, of);
  const parts = partsOf(of).map(([, part]) => part);
  // The days of a class are known only once the whole app is made.
  const retention = () => oneOrMore(parts.map((part) => retentionText(store, part.retention)));
  Tags.of(store).add('oneriver:pii', worstOf(parts.map(({ pii }) => pii)));
  Tags.of(store).add('oneriver:retention', Lazy.string({ produce: retention }));
  Tags.of(store).add('oneriver:erasure', oneOrMore(parts.map(({ erasure }) => erasure)));
  return store;
}
