import { registerDecorator } from 'class-validator';
import { DURATION_FORM, parseDuration } from '#config';

/** A duration as text, such as `30s`. */
export function IsDuration({ min = '0', max = '30d' }: { min?: string; max?: string } = {}): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isDuration',
      target: target.constructor,
      propertyName: String(property),
      constraints: [min, max],
      validator: {
        validate: (value: unknown) => isWithin(value, parseDuration(min), parseDuration(max)),
        defaultMessage: () => `${String(property)} must be ${DURATION_FORM}, from ${min} to ${max}`,
      },
    });
  };
}

function isWithin(value: unknown, min: number, max: number): boolean {
  if (typeof value !== 'string') return false;
  try {
    const ms = parseDuration(value);
    return ms >= min && ms <= max;
  } catch {
    return false;
  }
}
