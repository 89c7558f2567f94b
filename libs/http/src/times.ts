import { ValidateBy } from 'class-validator';

/** RFC 3339 within the limits of PostgreSQL: no year 0, and no impossible offset. */
const TIME =
  /^(?!0000)(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/i;

/** Whether a text is a time in RFC 3339, of an existing day. */
export function isTime(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  const [, year, month, day] = TIME.exec(text) ?? [];
  if (day === undefined) return false;
  // JavaScript parses February 31 as March 3.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** A field or parameter that is a time; valid values can be passed to the database unchanged. */
export function IsTime(): PropertyDecorator {
  return ValidateBy({
    name: 'isTime',
    validator: {
      validate: isTime,
      defaultMessage: (argument) => `${argument?.property} must be a time in RFC 3339 such as 2026-01-05T00:00:00Z`,
    },
  });
}
