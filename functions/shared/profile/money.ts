/** Larger amounts are mistakes; below it, thousands of them still add up without losing a unit. */
const MAX_MINOR_UNITS = 1e12;

const digits = new Map<string, number>();

/** Decimal digits of a currency's minor unit (ISO 4217, as ICU knows it): CNY 2, JPY 0. */
export function minorDigits(currency: string): number {
  let known = digits.get(currency);
  if (known === undefined) {
    known = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    digits.set(currency, known);
  }
  return known;
}

/**
 * A money amount in minor units (integer, half a unit away from zero, so that a refund undoes its payment), or undefined
 * when it is not a finite number, is absurdly large, or is in
 * another currency than asked for. An event that names no currency is taken to be in the one asked for.
 */
export function toMinorUnits(
  amount: unknown,
  currency: string,
  properties: Readonly<Record<string, unknown>>,
): number | undefined {
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return undefined;
  const stated = properties.currency;
  if (typeof stated === 'string' && stated.toUpperCase() !== currency) return undefined;
  const minor = Math.round(Math.abs(amount) * 10 ** minorDigits(currency));
  if (minor > MAX_MINOR_UNITS) return undefined;
  return amount < 0 ? 0 - minor : minor;
}
