interface Step {
  readonly name: string;
  /** `name[]`: goes on with each element of the array. */
  readonly fans: boolean;
}

/** Paths come from definitions, so there are few; the bound is for whoever makes them up. */
const MAX_CACHED_PATHS = 1000;
const cache = new Map<string, readonly Step[]>();

function stepsOf(path: string): readonly Step[] {
  let steps = cache.get(path);
  if (steps === undefined) {
    steps = path.split('.').map((part) => {
      const fans = part.endsWith('[]');
      return { name: fans ? part.slice(0, -2) : part, fans };
    });
    if (cache.size >= MAX_CACHED_PATHS) cache.clear();
    cache.set(path, steps);
  }
  return steps;
}

/**
 * Values at a property path: `a.b` steps into objects, `a[].b` fans out over an array. Only own properties are read, so
 * a path can never reach a prototype.
 */
export function valuesAt(root: unknown, path: string): unknown[] {
  let current: unknown[] = [root];
  for (const { name, fans } of stepsOf(path)) {
    const next: unknown[] = [];
    for (const value of current) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) continue;
      const child = (value as Record<string, unknown>)[name];
      if (!fans) next.push(child);
      else if (Array.isArray(child)) next.push(...child);
    }
    current = next;
  }
  return current;
}
