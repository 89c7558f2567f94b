import { Transform } from 'class-transformer';
import { parseDecimal } from '#config';

/** A number of a query, where everything is text; what is none stays text, for the rules that follow to refuse. */
export function NumberInQuery(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => {
    const number = typeof value === 'string' ? parseDecimal(value) : Number.NaN;
    return Number.isNaN(number) ? value : number;
  });
}
