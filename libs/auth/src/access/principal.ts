export const ROLES = ['admin', 'operator', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ['own', 'all'] as const;
/** Whose clusters a user can reach: their own, or those of all owners. */
export type Scope = (typeof SCOPES)[number];

/** The user of a request. Admins may do everything; operators change what they own; viewers only read. */
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

/** The same user with the scope for changes: only admins change what belongs to others. */
export function forChange(principal: Principal): Principal {
  return { ...principal, scope: principal.role === 'admin' ? 'all' : 'own' };
}

/** Whether a user can see what belongs to an owner. */
export function reaches({ id, scope }: Principal, ownerId: string): boolean {
  return scope === 'all' || id === ownerId;
}

/** The only owner whose data a user can reach; `null`: all owners. */
export function onlyOwner({ id, scope }: Principal): string | null {
  return scope === 'all' ? null : id;
}

/** The user and the address of a request, for the audit log. */
export interface Caller extends Principal {
  readonly ip: string;
}

/** The user, the token of the request, and when it expires (milliseconds since the epoch). */
export interface Session {
  readonly principal: Principal;
  readonly tokenId: string;
  /** Of the password that the token was issued under; `null` for tokens of releases that did not say. */
  readonly passwordMark: string | null;
  /** Milliseconds since the epoch, in whole seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}
