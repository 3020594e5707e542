import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OUTBOUND } from '../functions/shared/protocols/outbound.ts';
import { RECEIVERS } from '../functions/shared/protocols/receivers.ts';
import type { Clock } from '../functions/shared/seams.ts';
import { SourceDesk } from '../functions/shared/sources/desk.ts';
import { describeProtocols, protocolFacts } from '../functions/shared/sources/protocols.ts';
import type { SourceRegistry } from './sources.ts';

const isPage = (path: string): boolean => existsSync(join(import.meta.dirname, 'page', path));

/** The desk at which the sources of a data folder are changed. */
export const sourceDesk = ({ store, seal }: SourceRegistry, clock: Clock): SourceDesk =>
  new SourceDesk({
    store,
    seal,
    protocols: protocolFacts(describeProtocols([...RECEIVERS, ...OUTBOUND]), isPage),
    now: () => clock.now(),
    random: randomBytes,
  });
