import type { Receiver, Route } from '../shared/protocols/protocol.ts';
import { RECEIVERS } from '../shared/protocols/receivers.ts';

/** Where a path leads. */
export interface Found {
  readonly receiver: Receiver;
  readonly route: Route;
  /** What the path's variables stand for. */
  readonly path: Readonly<Record<string, string>>;
}

interface Target {
  readonly receiver: Receiver;
  readonly route: Route;
}

const VARIABLE = /^\{(\w+)\}$/;
const MAX_VARIABLE_CHARS = 200;

/** Paths without variables, and those with them by their number of segments. */
const FIXED = new Map<string, Target[]>();
const OPEN = new Map<number, { readonly segments: readonly string[]; readonly target: Target }[]>();

for (const receiver of RECEIVERS) {
  for (const route of receiver.routes) {
    const target = { receiver, route };
    const segments = route.path.split('/');
    if (segments.some((segment) => VARIABLE.test(segment))) {
      OPEN.set(segments.length, [...(OPEN.get(segments.length) ?? []), { segments, target }]);
    } else FIXED.set(route.path, [...(FIXED.get(route.path) ?? []), target]);
  }
}

/** Every route of a path (without query), whatever its method; none where nobody listens. */
export function findRoutes(path: string): readonly Found[] {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return fixed.map((target) => ({ ...target, path: {} }));
  const asked = path.split('/');
  const found: Found[] = [];
  for (const { segments, target } of OPEN.get(asked.length) ?? []) {
    const variables = match(segments, asked);
    if (variables !== undefined) found.push({ ...target, path: variables });
  }
  return found;
}

function match(segments: readonly string[], asked: readonly string[]): Record<string, string> | undefined {
  const variables: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = asked[index] ?? '';
    const name = VARIABLE.exec(segment)?.[1];
    if (name === undefined) {
      if (segment !== value) return undefined;
    } else if (value === '' || value.length > MAX_VARIABLE_CHARS) return undefined;
    else variables[name] = decode(value);
  }
  return variables;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where a path leads that a source has for itself: to what its protocol does with events. */
export function ownRoute(protocol: string | undefined, method: string): Found | undefined {
  const receiver = RECEIVERS.find(({ name }) => name === protocol);
  const route =
    receiver?.routes.find(({ methods }) => methods.some((taken) => taken === method)) ?? receiver?.routes[0];
  return receiver && route && { receiver, route, path: {} };
}
