/** Where a provider is reached, and the names of the secrets that it is reached with. A value: a change makes another one. */
export interface Connection {
  readonly id: string;
  /** Unique in the installation. */
  readonly name: string;
  /** `kind` of the providers that it is for. */
  readonly type: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly ownerId: string;
  /** Users other than the owner may use it. */
  readonly shared: boolean;
  /** Rises with every change of spec or secrets. */
  readonly version: number;
  /** Names only. */
  readonly secrets: readonly string[];
  /** RFC 3339 with microseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Secrets by name, in plain text. */
export type Secrets = ReadonlyMap<string, string>;

/** Whether clusters of a user may name it. */
export function mayUse({ ownerId, shared }: Connection, userId: string): boolean {
  return shared || ownerId === userId;
}
