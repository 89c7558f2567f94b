/** What every token of this service has in common (RFC 8725: one pinned algorithm; issuer and audience required). */
export const ALGORITHM = 'HS256';
export const ISSUER = 'autoscaler';
export const AUDIENCE = 'autoscaler-api';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The last second of the year 9999: no database and no `Date` is asked for more. */
const LATEST_EXPIRY = 253_402_300_799;

/** What a token says of a login. */
export interface Claims {
  readonly sub: string;
  readonly jti: string;
  /** Of the password that it was issued under; earlier releases issued tokens without, which end within their day. */
  readonly pwd?: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** A right signature says nothing of what is signed: tools that sign with the same key may leave out what ours have. */
export function areOurs(claims: object): claims is Claims {
  const { sub, jti, exp, pwd } = claims as Record<string, unknown>;
  return (
    [sub, jti].every((id) => typeof id === 'string' && UUID.test(id)) &&
    Number.isSafeInteger(exp) &&
    (exp as number) <= LATEST_EXPIRY &&
    (pwd === undefined || typeof pwd === 'string')
  );
}
