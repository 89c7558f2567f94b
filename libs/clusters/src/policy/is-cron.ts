import { registerDecorator } from 'class-validator';
import { Cron } from 'croner';

/** A cron expression of five fields, such as `30 7 * * 1-5`. */
export function IsCron(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isCron',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && faultOf(value) === null,
        defaultMessage: (at) => `${String(property)} must be a cron expression of five fields: ${faultOf(at?.value)}`,
      },
    });
  };
}

function faultOf(value: unknown): string | null {
  try {
    const cron = new Cron(String(value), { mode: '5-part' });
    return cron.nextRun() === null ? 'it never comes to pass' : null;
  } catch (error) {
    return (error as Error).message;
  }
}
