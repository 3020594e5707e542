import { PythonRandom } from './python-random.ts';

/** That two identifiers were seen together. */
export interface SeenTogether {
  readonly a: string;
  readonly b: string;
  /** It ties two people: a device that both used. */
  readonly bridge: boolean;
}

export interface BridgedGraph {
  readonly edges: readonly SeenTogether[];
  /** Identifiers of each person. */
  readonly people: readonly (readonly string[])[];
}

const SEED = 7;
const SIZES = [1, 2, 2, 3, 3, 3, 4, 5, 6];
const SHARE_BRIDGED = 0.005;
/** Cookies, devices, phones, open ids, union ids, e-mail addresses: the first part of an identifier key. */
const TYPES = ['anonymous_id:ck', 'device_id:dv', 'phone:ph', 'openid:wx1:op', 'unionid:op1:un', 'email:em'];

/**
 * People of one to six identifiers of random types, tied by a random chain and as many random pairs again, and 0.5 % of
 * neighbours bridged by a shared device. Written for this project, under its licence; the same graph on every machine.
 */
export function bridgedGraph(persons: number): BridgedGraph {
  const random = new PythonRandom(SEED);
  const edges: SeenTogether[] = [];
  const people: string[][] = [];
  let made = 0;
  let previous = '';
  for (let person = 0; person < persons; person += 1) {
    const size = random.choice(SIZES);
    const ids = Array.from(
      { length: size },
      (_, n) => `${random.choice(TYPES)}${(made + n).toString(16).padStart(8, '0')}`,
    );
    made += size;
    for (const [at, b] of ids.entries()) {
      const a = at === 0 ? undefined : ids[random.below(at)];
      if (a !== undefined) edges.push({ a, b, bridge: false });
    }
    for (let n = 1; n < size; n += 1) {
      const [a, b] = random.two(ids);
      edges.push({ a, b, bridge: false });
    }
    const [first = ''] = ids;
    if (previous !== '' && random.random() < SHARE_BRIDGED) edges.push({ a: previous, b: first, bridge: true });
    previous = random.choice(ids);
    people.push(ids);
  }
  return { edges, people };
}
