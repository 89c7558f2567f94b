import type { Schema } from '../api/client';

export type Step = Schema['StepDto'];

/** Another autoscaler that is replayed beside the policy, with its own servers. */
export interface Shadow {
  readonly name: string;
  readonly count: number;
}

const SHADOW_PREFIX = 'shadow_';

/** Counts of the baselines, if the policy reported them: `shadow_<name>` in the data of a step. */
export function shadowsOf(steps: readonly Step[]): readonly Shadow[] {
  return steps.flatMap(({ data }) =>
    Object.entries(data ?? {}).flatMap(([key, value]) =>
      key.startsWith(SHADOW_PREFIX) && typeof value === 'number'
        ? [{ name: key.slice(SHADOW_PREFIX.length), count: value }]
        : [],
    ),
  );
}

export function hasNoShadows({ data }: Step): boolean {
  return !Object.keys(data ?? {}).some((key) => key.startsWith(SHADOW_PREFIX));
}
