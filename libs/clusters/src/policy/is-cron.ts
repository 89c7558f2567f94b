import { registerDecorator } from 'class-validator';
import { Cron } from 'croner';

/** Any meaningful expression is shorter. */
const LONGEST = 500;

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
  const text = String(value);
  if (text.length > LONGEST) return `it may have at most ${LONGEST} characters`;
  try {
    const cron = new Cron(text, { mode: '5-part' });
    // A date parses, too.
    if (cron.getPattern() === undefined) return 'it is a date';
    return cron.nextRun() === null ? 'it never comes to pass' : null;
  } catch (error) {
    return (error as Error).message;
  }
}
