export const ROLES = ['admin', 'operator', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ['own', 'all'] as const;
/** Whose clusters somebody reaches: the own ones, or those of all owners. */
export type Scope = (typeof SCOPES)[number];

/** Who is asking. Admins may do everything; operators change what is theirs; viewers only look. */
export interface Principal {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  /** For reading that of the account, `all` for admins. For changes `all` for admins only: `forChange`. */
  readonly scope: Scope;
}

/** The scope that an account has in effect. */
export function effectiveScope({ role, scope }: Pick<Principal, 'role' | 'scope'>): Scope {
  return role === 'admin' ? 'all' : scope;
}

/** The same person with the scope that counts for a change: what belongs to others is for admins. */
export function forChange(principal: Principal): Principal {
  return { ...principal, scope: principal.role === 'admin' ? 'all' : 'own' };
}

/** Whether what belongs to an owner is there for somebody. */
export function reaches({ id, scope }: Principal, ownerId: string): boolean {
  return scope === 'all' || id === ownerId;
}

/** The only owner whose things somebody reaches; `null`: everybody's. */
export function onlyOwner({ id, scope }: Principal): string | null {
  return scope === 'all' ? null : id;
}

/** Who is asking and from where, for services that keep an audit trail. */
export interface Caller extends Principal {
  readonly ip: string;
}

/** Who is asking, the token that says so, and when it ends (milliseconds since the epoch). */
export interface Session {
  readonly principal: Principal;
  readonly tokenId: string;
  /** Of the password that the token was issued under; `null` for tokens of releases that did not say. */
  readonly passwordMark: string | null;
  readonly expiresAt: number;
}
