import type { Schema } from '../api/client';

type Money = Schema['MoneyDto'];

/** Below this amount two digits after the point would not tell prices apart. */
const SMALL = 1;
/** From this amount on the digits after the point are left out. */
const LARGE = 100;

/** An amount for people: `€1.92`, `US$0.096`, `CHF 1,240`; `–` for an unknown one. */
export function moneyWords(money: Money | null): string {
  if (money === null) return '–';
  const { amount, currency } = money;
  const digits =
    amount >= LARGE
      ? { maximumFractionDigits: 0 }
      : amount >= SMALL
        ? { minimumFractionDigits: 2, maximumFractionDigits: 2 }
        : { maximumSignificantDigits: 2 };
  return new Intl.NumberFormat('en', { style: 'currency', currency, ...digits }).format(amount);
}

/** The price of a server hour, in full. */
export function priceWords(cost: Schema['StatedCostDto'] | null): string {
  if (cost === null) return '–';
  const { per_server_hour: price, currency } = cost;
  return new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 6 }).format(price);
}

/** Amounts of several currencies side by side: they are never added. `null`: none is known. */
export function sumsWords(sums: readonly Money[]): string | null {
  return sums.length === 0 ? null : sums.map(moneyWords).join(' + ');
}

/** A sum for each currency, by currency. */
export function sumsOf(amounts: readonly Money[]): Money[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums]
    .map(([currency, amount]) => ({ currency, amount }))
    .toSorted((one, other) => (one.currency < other.currency ? -1 : 1));
}
