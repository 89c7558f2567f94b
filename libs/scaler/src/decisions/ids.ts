import { randomUUID } from 'node:crypto';

/**
 * A version 7 UUID (RFC 9562): sortable by time. The time is read back from it, so that one decision among millions is
 * found through the time index of its hypertable.
 */
export function timedId(at: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** The time in a `timedId` in milliseconds since the epoch; `null` for any other id. */
export function timeOfId(id: string): number | null {
  if (!/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i.test(id)) return null;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
