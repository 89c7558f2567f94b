import { registerDecorator } from 'class-validator';

/** The format of a share. */
export const PERCENT_FORM = 'a percentage such as "1%", or a fraction such as 0.01';

/**
 * Reads `"1%"`, `"0.5%"`, `"1e-7%"` or a fraction.
 *
 * @returns a fraction, or `null` when it is neither
 */
export function parsePercent(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*%$/i.exec(value.trim());
  return match === null ? null : Number(match[1]) / 100;
}

/** Without an exponent. */
const PLAIN = new Intl.NumberFormat('en-US', { useGrouping: false, maximumSignificantDigits: 12 });

/** Writes a fraction the way `parsePercent` reads it: `0.01` as `1%`. */
export function formatPercent(fraction: number): string {
  return `${PLAIN.format(fraction * 100)}%`;
}

/** A share, within `(min, max]`; with `each`, a list of them. */
export function IsPercent(
  { min, max }: { min: number; max: number },
  { each = false }: { each?: boolean } = {},
): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isPercent',
      target: target.constructor,
      propertyName: String(property),
      options: { each },
      constraints: [min, max],
      validator: {
        validate: (value: unknown) => {
          const fraction = parsePercent(value);
          return fraction !== null && fraction > min && fraction <= max;
        },
        defaultMessage: () =>
          `${each ? 'each of ' : ''}${String(property)} must be ${PERCENT_FORM}, above ${formatPercent(min)} and at most ${formatPercent(max)}`,
      },
    });
  };
}
