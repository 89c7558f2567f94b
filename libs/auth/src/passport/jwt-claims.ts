/** What every token of this service has in common (RFC 8725: one pinned algorithm; issuer and audience required). */
export const ALGORITHM = 'HS256';
export const ISSUER = 'autoscaler';
export const AUDIENCE = 'autoscaler-api';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The last second of the year 9999: the latest time that databases and `Date` can hold. */
const LATEST_EXPIRY = 253_402_300_799;

/** The claims of a token. */
export interface Claims {
  readonly sub: string;
  readonly jti: string;
  /** Mark of the password that it was issued under; absent in tokens of earlier releases, which expire within a day. */
  readonly pwd?: string;
  /** When it was issued, seconds since the epoch; absent where another tool signed it. */
  readonly iat?: number;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** A valid signature does not guarantee the claims: other tools may sign with the same key. */
export function areOurs(claims: object): claims is Claims {
  const { sub, jti, iat, exp, pwd } = claims as Record<string, unknown>;
  return (
    [sub, jti].every((id) => typeof id === 'string' && UUID.test(id)) &&
    Number.isSafeInteger(exp) &&
    (iat === undefined || Number.isSafeInteger(iat)) &&
    (exp as number) <= LATEST_EXPIRY &&
    (pwd === undefined || typeof pwd === 'string')
  );
}
