import type { Bounds, Policy } from '#engine';
import { BadRequestError, type ErrorDetail } from '#http';

/**
 * A window cannot have more or fewer servers than the bounds of its cluster allow.
 *
 * @throws BadRequestError that names both
 */
export function assertWindowsFit({ policy, bounds }: { readonly policy: Policy; readonly bounds: Bounds }): void {
  const details: ErrorDetail[] = [];
  for (const [index, { name, minServers, maxServers }] of (policy.schedule?.windows ?? []).entries()) {
    const field = `policy.schedule.windows.${index}`;
    if (minServers !== undefined && minServers > bounds.max) {
      const error = `min_servers (${minServers}) of the window "${name}" must not exceed max_servers (${bounds.max})`;
      details.push({ field: `${field}.min_servers`, error });
    }
    if (maxServers !== undefined && maxServers < bounds.min) {
      const error = `max_servers (${maxServers}) of the window "${name}" must not be below min_servers (${bounds.min})`;
      details.push({ field: `${field}.max_servers`, error });
    }
  }
  if (details.length > 0) {
    throw new BadRequestError('validation_failed', details.map(({ error }) => error).join('; '), details);
  }
}
