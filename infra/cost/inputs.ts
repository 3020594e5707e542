import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import measuredFile from './measured.json' with { type: 'json' };
import pricesFile from './prices.json' with { type: 'json' };
import workloadFile from './workload.json' with { type: 'json' };

const Price = Type.Object({
  usd: Type.Number({ minimum: 0 }),
  per: Type.Number({ exclusiveMinimum: 0 }),
  /** What every account has for nothing, every month. */
  free: Type.Optional(Type.Number({ minimum: 0 })),
  unit: Type.String(),
  /** Where the price stands: service and line of its price page. */
  page: Type.String(),
});

/** Every price that the model asks for; a list without one of them is refused. */
const NAMES = Object.keys(pricesFile.prices) as PriceName[];
export type PriceName = keyof typeof pricesFile.prices;

const PriceList = Type.Object({
  as_of: Type.String({ format: 'date' }),
  region: Type.String(),
  currency: Type.String(),
  note: Type.String(),
  prices: Type.Record(Type.String(), Price),
});
export type PriceList = Static<typeof PriceList>;

/** The traffic that is priced, apart from its volume; in `workload.json` each is explained by its name and unit. */
export type Workload = Omit<typeof workloadFile, 'note'>;
export type Measured = typeof measuredFile;

/** An input of the cost command is wrong; the message says which, and what is expected. */
export class CostError extends Error {
  override name = 'CostError';
}

const priceList = Compile(PriceList);

/** @throws CostError naming what is missing or wrong. */
export function readPrices(value: unknown): PriceList {
  if (!priceList.Check(value)) {
    const [first] = priceList.Errors(value);
    throw new CostError(`The price list is wrong at ${first?.instancePath || '/'}: ${first?.message}.`);
  }
  const missing = NAMES.filter((name) => !(name in value.prices));
  if (missing.length > 0) throw new CostError(`The price list lacks ${missing.join(', ')}.`);
  return value;
}

export const SHIPPED_PRICES: PriceList = readPrices(pricesFile);
export const MEASURED: Measured = measuredFile;
const { note: _, ...workload } = workloadFile;
export const WORKLOAD: Workload = workload;
