/** What a definition of a source is checked against: the wire formats that the collector takes. */
export interface ProtocolFacts {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Whether a sender's signature is checked, so that a source of class `signed` may use it. */
  isSigned(name: string): boolean;
  /** Whether a path means something to the collector or to the API already. */
  isRouted(path: string): boolean;
}

interface Known {
  readonly name: string;
  readonly signed?: boolean | undefined;
  readonly routes: readonly { readonly path: string }[];
}

/** Everything under these is ours, whatever is added to it. */
const OURS = /^\/(?:v1|api)(?:\/|$)/;
/** Whether a path is the platform's alone: no source can have it for itself. */
export const isOurs = (path: string): boolean => OURS.test(path);

const VARIABLE = /^\{\w+\}$/;

/**
 * The receivers as one short text: `sensors /sa /sa.gif;wechat!`, with a mark where signatures are checked. The API's function is
 * told so what the collector takes, without the code that reads it.
 */
export const describeProtocols = (receivers: readonly Known[]): string =>
  receivers
    .map(({ name, signed, routes }) => {
      const paths = new Set(routes.map(({ path }) => path).filter((path) => !OURS.test(path)));
      return [`${name}${signed ? '!' : ''}`, ...paths].join(' ');
    })
    .join(';');

/** Reads what `describeProtocols` wrote. @param more whether a path is taken in this binding, by something else */
export function protocolFacts(text: string, more: (path: string) => boolean = () => false): ProtocolFacts {
  const signed = new Set<string>();
  const names: string[] = [];
  const routes: (readonly string[])[] = [];
  for (const entry of text.split(';')) {
    const [name = '', ...paths] = entry.split(' ');
    const plain = name.replace('!', '');
    names.push(plain);
    if (name.endsWith('!')) signed.add(plain);
    routes.push(...paths.map((path) => path.split('/')));
  }
  const matches = (route: readonly string[], asked: readonly string[]): boolean =>
    route.length === asked.length && route.every((part, i) => VARIABLE.test(part) || part === asked[i]);
  return {
    names: names.toSorted(),
    has: (name) => names.includes(name),
    isSigned: (name) => signed.has(name),
    isRouted: (path) =>
      path === '/' || OURS.test(path) || more(path) || routes.some((route) => matches(route, path.split('/'))),
  };
}
