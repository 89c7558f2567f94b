export const ROLES = ['admin', 'operator', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking. Admins may everything; operators change what is theirs; viewers only look. */
export interface Principal {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
}

/** Who is asking and from where, for services that keep an audit trail. */
export interface Caller extends Principal {
  readonly ip: string;
}

/** Who is asking, the token that says so, and when it ends (milliseconds since the epoch). */
export interface Session {
  readonly principal: Principal;
  readonly tokenId: string;
  readonly expiresAt: number;
}
