import type { Bounds, Policy } from '#engine';
import { type ErrorDetail, validationFailed } from '#http';

interface Bounded {
  readonly policy: Policy;
  readonly bounds: Bounds;
}

/** @throws BadRequestError with the faults of `windowFaults` */
export function assertWindowsFit(bounded: Bounded): void {
  const details = windowFaults(bounded);
  if (details.length > 0) throw validationFailed(details);
}

/** A window cannot have more or fewer servers than the bounds of its cluster allow: each fault names both. */
export function windowFaults({ policy, bounds }: Bounded): readonly ErrorDetail[] {
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
  return details;
}
