import { registerDecorator, type ValidationArguments } from 'class-validator';

/** A number that is not greater than another field, where both are numbers. */
export function IsNotAbove(other: string): PropertyDecorator {
  return (target, property) => {
    const otherOf = (args?: ValidationArguments): unknown =>
      (args?.object as Record<string, unknown> | undefined)?.[other];
    registerDecorator({
      name: 'isNotAbove',
      target: target.constructor,
      propertyName: String(property),
      constraints: [other],
      validator: {
        validate: (value: unknown, args) => {
          const limit = otherOf(args);
          return typeof value !== 'number' || typeof limit !== 'number' || value <= limit;
        },
        defaultMessage: (args) =>
          `${String(property)} (${String(args?.value)}) must not be greater than ${other} (${String(otherOf(args))})`,
      },
    });
  };
}
