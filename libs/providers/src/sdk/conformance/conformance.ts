import type { ProviderDefinition } from '../provider.js';
import type { ProviderCluster, Session } from '../session.js';
import { generalCases } from './general.cases.js';
import { metricsCases } from './metrics.cases.js';
import { targetCases } from './target.cases.js';

export type Trouble =
  /** The provider cannot be reached. */
  | 'unreachable'
  /** Requests are accepted and never answered. */
  | 'hang'
  /** More servers are refused. */
  | 'refuse'
  /** Of the servers that are asked for only one more is granted. */
  | 'partial';

/** A provider with two clusters of two active servers each, and the means to trouble it. */
export interface Harness {
  readonly session: Session;
  /** With both halves that the provider has. */
  readonly cluster: ProviderCluster;
  /** Needed with `batching`. */
  readonly other?: ProviderCluster;
  /** A cluster that the provider does not know, and cannot make. */
  readonly unknown: ProviderCluster;
  /** A cluster that the provider does not know and `ensure` makes; needed where the session has `ensure`. */
  readonly makeable?: ProviderCluster;
  /** Milliseconds since the epoch as the provider has them. */
  now(): number;
  /** Lets time pass until nothing is being provisioned or drained. */
  settle(): Promise<void>;
  /** Troubles the first cluster. */
  trouble(kind: Trouble): Promise<void>;
  close(): Promise<void>;
}

/** One thing that a provider must do. `run` rejects with what is wrong. */
export interface ConformanceCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export type Check = readonly [name: string, run: (harness: Harness) => Promise<void>, needs?: Trouble];

/**
 * What every provider must do, by its capabilities, for any test runner:
 *
 * `for (const { name, run } of conformanceCases(provider, start)) it(name, run);`
 *
 * @param start makes what one case needs; each case has its own
 * @param without troubles that this provider cannot be given: nothing hangs if no answer is waited for
 */
export function conformanceCases(
  { batching = false, target, metrics }: ProviderDefinition,
  start: () => Promise<Harness>,
  { without = [] }: { readonly without?: readonly Trouble[] } = {},
): readonly ConformanceCase[] {
  const checks: readonly Check[] = [
    ...generalCases(batching),
    ...(target === undefined ? [] : targetCases(target.capabilities)),
    ...(metrics === undefined ? [] : metricsCases(metrics.capabilities, target !== undefined)),
  ];
  const possible = checks.filter(([, , needs]) => needs === undefined || !without.includes(needs));
  return possible.map(([name, check]) => ({
    name,
    async run() {
      const harness = await start();
      try {
        await check(harness);
      } finally {
        await harness.close();
      }
    },
  }));
}
