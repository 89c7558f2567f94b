import type { ErrorDetail } from '#http';

/** @returns the fault of a maximum above what the configuration allows; `null`: none */
export function faultOfMaximum(max: number, allowed: number): ErrorDetail | null {
  if (max <= allowed) return null;
  const error = `max_servers must not be greater than ${allowed}, which scaler.max_servers allows`;
  return { field: 'max_servers', error };
}
