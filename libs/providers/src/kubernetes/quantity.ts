import { ProviderError } from '../sdk/index.js';
import { cut } from '../http/cut.js';

const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

/** Powers of ten and of two. */
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * Reads a quantity of Kubernetes: `125m`, `64Mi`, `1.5`, `2e3`, `250000n`. Exact up to what a double holds: the decimal point is moved in
 * the text instead of multiplying by 0.001.
 *
 * @throws ProviderError `invalid` where it is none
 */
export function parseQuantity(text: unknown): number {
  const [, sign, digits, exponent, suffix = ''] = QUANTITY.exec(String(text)) ?? [];
  if (digits === undefined) throw new ProviderError('invalid', `"${cut(String(text), 40)}" is no quantity`);
  const power = exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent.slice(1));
  return Number(`${sign}${digits}e${power}`) * 2 ** (BINARY[suffix] ?? 0);
}
