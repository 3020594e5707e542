/**
 * Values at a property path: `a.b` steps into objects, `a[].b` fans out over an array. Only own properties are read, so
 * a path can never reach a prototype.
 */
export function valuesAt(root: unknown, path: string): unknown[] {
  let current: unknown[] = [root];
  for (const part of path.split('.')) {
    const fan = part.endsWith('[]');
    const name = fan ? part.slice(0, -2) : part;
    const next: unknown[] = [];
    for (const value of current) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) continue;
      const child = (value as Record<string, unknown>)[name];
      if (fan && Array.isArray(child)) next.push(...child);
      else if (!fan) next.push(child);
    }
    current = next;
  }
  return current;
}
