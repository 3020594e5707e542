import { writeFileSync } from 'node:fs';
import { dataStores } from './data-stores.ts';

/** `node test/support/record-data-stores.ts`: writes down where data rests, as the stacks declare it. */
writeFileSync(new URL('../../docs/data-stores.md', import.meta.url), dataStores());
