import { Transform } from 'class-transformer';
import { parseDecimal } from '#config';

/** Converts a query parameter to a number; anything else stays text and is refused by the validators. */
export function NumberInQuery(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => {
    const number = typeof value === 'string' ? parseDecimal(value) : Number.NaN;
    return Number.isNaN(number) ? value : number;
  });
}
