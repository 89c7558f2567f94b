import { createHmac } from 'node:crypto';

/** What a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  /** Empty if there is none. */
  readonly idempotencyKey: string;
  /** Empty if there is none. */
  readonly fencingToken: string;
  /** Empty if there is none. */
  readonly body: string;
}

/**
 * Headers that prove who sends a request and when: HMAC-SHA256 over the version, the Unix time in seconds and the parts
 * of the request, one a line.
 *
 * @param now milliseconds since the epoch
 */
export function signatureHeaders(
  key: string,
  { method, path, idempotencyKey, fencingToken, body }: SignedRequest,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signed = ['v1', timestamp, method, path, idempotencyKey, fencingToken, body].join('\n');
  return {
    'x-autoscaler-timestamp': timestamp,
    'x-autoscaler-signature': `sha256=${createHmac('sha256', key).update(signed).digest('hex')}`,
  };
}
