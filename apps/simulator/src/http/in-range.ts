import { ValidateBy } from 'class-validator';

/** A number from `low` to `high`, inclusive. A single decorator, so that an error has a single message. */
export function InRange(low: number, high: number): PropertyDecorator {
  return within(low, high, 'a number', (value) => typeof value === 'number');
}

/** An integer from `low` to `high`, inclusive. */
export function WholeInRange(low: number, high: number): PropertyDecorator {
  return within(low, high, 'a whole number', Number.isSafeInteger);
}

function within(low: number, high: number, what: string, fits: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name: 'inRange',
    validator: {
      validate: (value) => fits(value) && value >= low && value <= high,
      defaultMessage: (given) => `${given?.property} must be ${what} from ${low} to ${high}`,
    },
  });
}
