import type { Connection } from '../connections/connection.js';
import type { ProviderDefinition, TakenOver } from '../sdk/index.js';

/** One half of a cluster's provider as written in its definition: its type, the fields of its connection and its own. */
export interface WrittenHalf {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Both halves by name, or one provider for both. */
export type ClusterProvider = WrittenHalf | { readonly metrics: WrittenHalf; readonly target: WrittenHalf };

export const HALVES = ['metrics', 'target'] as const;
export type HalfName = (typeof HALVES)[number];

/** A connection as its provider understands it. */
export interface BoundConnection {
  readonly definition: ProviderDefinition;
  readonly connection: Readonly<Record<string, unknown>>;
  /** What fails together. */
  readonly address: string;
  /** The stored connection; `null` where the cluster gives the fields itself. */
  readonly stored: Connection | null;
}

/** One half as its provider understands it. */
export interface BoundHalf extends BoundConnection {
  /** What `definition.target` or `definition.metrics` makes of the fields. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export type BoundProvider = Readonly<Record<HalfName, BoundHalf>>;

/** What stands behind a cluster. */
export interface ProvidedCluster {
  readonly id: string;
  readonly provider: ClusterProvider;
  /** What was switched off for this service; absent or `null`: nothing. */
  readonly takenOver?: TakenOver | null;
}

/** The half of this name, wherever it is written. */
export function writtenHalf(provider: ClusterProvider, name: HalfName): WrittenHalf {
  return isOne(provider) ? provider : provider[name];
}

export function isOne(provider: ClusterProvider): provider is WrittenHalf {
  return 'type' in provider;
}

/** The names of the stored connections that a cluster uses. */
export function connectionsOf(provider: ClusterProvider): readonly string[] {
  const names = HALVES.map((name) => writtenHalf(provider, name)['connection']);
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}
