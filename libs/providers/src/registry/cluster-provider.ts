import type { ProviderDefinition } from '../sdk/index.js';

/** One half of a cluster's provider as it is written: its type, the fields of its connection and its own. */
export interface WrittenHalf {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Both halves by name, or one provider for both. */
export type ClusterProvider = WrittenHalf | { readonly metrics: WrittenHalf; readonly target: WrittenHalf };

export const HALVES = ['metrics', 'target'] as const;
export type HalfName = (typeof HALVES)[number];

/** One half as its provider understands it. */
export interface BoundHalf {
  readonly definition: ProviderDefinition;
  readonly connection: Readonly<Record<string, unknown>>;
  /** What `definition.target` or `definition.metrics` makes of the fields. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** What fails together. */
  readonly address: string;
}

export type BoundProvider = Readonly<Record<HalfName, BoundHalf>>;

/** What stands behind a cluster. */
export interface ProvidedCluster {
  readonly id: string;
  readonly provider: ClusterProvider;
}

/** The half of this name, wherever it is written. */
export function writtenHalf(provider: ClusterProvider, name: HalfName): WrittenHalf {
  return isOne(provider) ? provider : provider[name];
}

export function isOne(provider: ClusterProvider): provider is WrittenHalf {
  return 'type' in provider;
}
