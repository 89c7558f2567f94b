import { ValidateBy, type ValidationOptions } from 'class-validator';
import { DRAW_FORM, DURATION_FORM, durationDraw, durationMs } from './durations.js';

/** A duration of at most `maxMs`. */
export function IsDuration(maxMs: number, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isDuration',
      validator: {
        validate: (value) => (durationMs(value) ?? Infinity) <= maxMs,
        defaultMessage: (given) => `${given?.property} must be ${DURATION_FORM}, at most ${maxMs / 1000}s`,
      },
    },
    options,
  );
}

/** A distribution of durations. */
export function IsDurationDraw(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isDurationDraw',
      validator: {
        validate: (value) => durationDraw(value) !== null,
        defaultMessage: (given) => `${given?.property} must be ${DRAW_FORM}`,
      },
    },
    options,
  );
}
