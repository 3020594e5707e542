import type { DocStore, Versioned } from '../../functions/shared/doc-store.ts';
import { decodeItem } from '../../functions/shared/dynamo-item.ts';
import { decodeEvents } from '../../functions/shared/stream-codec.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { Cloud } from './cloud.ts';
import { CLEAN_STREAM } from './kinesis.ts';

/** What lies in the person table in the end, to be read and nothing else. */
export function storedDocuments(cloud: Cloud): { store: DocStore; keys: readonly string[] } {
  const documents = new Map<string, Versioned>();
  for (const item of cloud.dynamo.all('persons')) {
    const { key, document } = decodeItem(item);
    documents.set(key, document);
  }
  const readOnly = async (): Promise<never> => {
    throw new Error('The simulation is over: documents are only read.');
  };
  const get = async (keys: readonly string[]) =>
    new Map(keys.map((key): [string, Versioned] => [key, documents.get(key) ?? { version: 0, body: undefined }]));
  return { store: { get, commit: readOnly, scan: readOnly }, keys: [...documents.keys()] };
}

/** Every clean event that is on the stream, in its order; repeated ones too. */
export function eventsOnStream(cloud: Cloud): CleanEvent[] {
  return cloud.kinesis
    .records(CLEAN_STREAM)
    .filter(({ bytes }) => !cloud.garbage.includes(Buffer.from(bytes).toString('utf8')))
    .flatMap(({ bytes }) => decodeEvents(bytes));
}
