import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';

/** What one call to DynamoDB cost. */
export interface Consumed {
  readonly operation: 'BatchGetItem' | 'PutItem' | 'Scan' | 'TransactWriteItems';
  /** Read or write request units that DynamoDB reported. */
  readonly units: number;
  /**
   * Units computed from the sizes of the items. DynamoDB Local reports one item of a transaction only, and no missing
   * items; this is what AWS bills, save that an item which shrinks is billed by its old size.
   */
  readonly estimatedUnits: number;
}

/** Tells an observer what each call cost; without an observer it asks for nothing and computes nothing. */
export class DynamoMeter {
  readonly #observe: ((consumed: Consumed) => void) | undefined;

  constructor(observe: ((consumed: Consumed) => void) | undefined) {
    this.#observe = observe;
  }

  /** For `ReturnConsumedCapacity`. */
  get wanted(): 'TOTAL' | undefined {
    return this.#observe === undefined ? undefined : 'TOTAL';
  }

  /** `estimate` gives the units of each item; a missing `ConsumedCapacity` counts as nothing. */
  report(
    operation: Consumed['operation'],
    capacities: readonly (ConsumedCapacity | undefined)[] | undefined,
    estimate: () => readonly number[],
  ): void {
    if (this.#observe === undefined) return;
    const units = sum((capacities ?? []).map((capacity) => capacity?.CapacityUnits ?? 0));
    this.#observe({ operation, units, estimatedUnits: sum(estimate()) });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
