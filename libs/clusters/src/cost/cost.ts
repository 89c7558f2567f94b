/** What a server costs, as its owner states it. */
export interface Cost {
  /** Greater than 0. */
  readonly perServerHour: number;
  /** ISO 4217, such as `EUR`. */
  readonly currency: string;
}

/** An amount of one currency. Amounts of different currencies are never added. */
export interface Money {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** Digits after the point that sums of prices keep. */
const DIGITS = 6;

/** @returns `null` where the cost or the hours are unknown, never 0 for them */
export function moneyOf(cost: Cost | null | undefined, serverHours: number | null): Money | null {
  if (cost === null || cost === undefined || serverHours === null) return null;
  return { amount: rounded(cost.perServerHour * serverHours), currency: cost.currency };
}

/** A sum for each currency, by currency. Unknown amounts are left out. */
export function sumByCurrency(amounts: readonly (Money | null)[]): Money[] {
  const sums = new Map<string, number>();
  for (const money of amounts) {
    if (money !== null) sums.set(money.currency, (sums.get(money.currency) ?? 0) + money.amount);
  }
  return [...sums]
    .map(([currency, amount]) => ({ amount: rounded(amount), currency }))
    .toSorted((one, other) => (one.currency < other.currency ? -1 : 1));
}

function rounded(amount: number): number {
  return Number(amount.toFixed(DIGITS));
}
