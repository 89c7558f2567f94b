import { registerDecorator, type ValidationArguments } from 'class-validator';

/** A number that is at least that of another field, where both are given. */
export function IsNotBelow(other: string): PropertyDecorator {
  return (target, property) => {
    const otherOf = ({ object }: ValidationArguments): unknown => (object as Record<string, unknown>)[other];
    registerDecorator({
      name: 'isNotBelow',
      target: target.constructor,
      propertyName: String(property),
      options: {},
      validator: {
        validate: (value: unknown, given?: ValidationArguments) => {
          const least = given === undefined ? undefined : otherOf(given);
          return typeof value !== 'number' || typeof least !== 'number' || value >= least;
        },
        defaultMessage: (given?: ValidationArguments) =>
          `${String(property)} must not be below ${other}${given === undefined ? '' : ` (${String(otherOf(given))})`}`,
      },
    });
  };
}
