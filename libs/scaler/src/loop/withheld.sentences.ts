import { type Sentences, stepMaker } from '#engine';

/** Why a request is not made now; `delivery` and `rest`: the provider accepted one and has not started all servers of it. */
interface Waiting {
  readonly waits_for: 'consent' | 'rest' | 'delivery';
  readonly failures: number;
  readonly missing: number;
  readonly reference: number;
  readonly remaining_ms: number;
}

/** Why a decision is not carried out, by code. */
export const WITHHELD_SENTENCES = {
  provider_unreachable: ({ error }: { readonly error: string }) =>
    `The provider could not be asked (${error}); it is left as it is.`,

  paused: ({ current, desired }: { readonly current: number; readonly desired: number }) =>
    `Paused: servers stay as they are.${current === desired ? '' : ` Without the pause they would go from ${current} to ${desired}.`}`,
  frozen: ({ by, why }: { readonly by: string; readonly why: string | null }) =>
    `Frozen by ${by}: servers stay as they are.${why === null ? '' : ` Reason: ${why}`}`,
  removal_waits: ({ removed }: { readonly removed: number }) =>
    `Removing ${removed} servers waits until the other clusters of the provider were polled again, for a minute at most.`,
  removals_held: ({ removed, clusters }: { readonly removed: number; readonly clusters: number }) =>
    `Removing ${removed} servers is held: ${clusters} clusters of the provider would lose servers at once, which looks ` +
    'like a broken source. They go after 5 minutes, or when an admin releases them.',

  backing_off: ({ waits_for: waitsFor, failures, missing, reference, remaining_ms: ms }: Waiting) => {
    const next = `Next attempt in ${Math.ceil(ms / 1000)} s.`;
    if (waitsFor !== 'consent') return `The provider has not delivered ${missing} of ${reference} servers yet. ${next}`;
    const refused = failures === 1 ? 'refused' : `refused ${failures} times in a row`;
    return `The provider ${refused}. Servers stay as they are. ${next}`;
  },
  cluster_retired: () => 'The cluster was paused, deleted or taken over by another instance meanwhile.',
  database_unreachable: () => 'The intent could not be recorded; what is not recorded is not done.',
} satisfies Sentences;

/** A step that keeps a decision from being carried out. */
export const withheldStep = stepMaker(WITHHELD_SENTENCES);

export type WithheldCode = keyof typeof WITHHELD_SENTENCES;
export type WithheldData<Code extends WithheldCode> = Parameters<(typeof WITHHELD_SENTENCES)[Code]>[0];
