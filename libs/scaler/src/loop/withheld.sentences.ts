import { duration, headed, inOneLine, type Sentences, serversOf, stepMaker } from '#engine';
import { isUnanswered, type ProviderError } from '#providers';
import type { Refusal } from './cluster-memory.js';

/** Why no request is made now. `delivery`, `rest`: the provider accepted one and has not started all its servers. */
interface Waiting {
  readonly waits_for: 'consent' | 'rest' | 'delivery';
  readonly failures: number;
  readonly missing: number;
  readonly reference: number;
  readonly remaining_ms: number;
  /** The provider's own words; `null`: it gave no reason, or accepted. */
  readonly error: string | null;
  readonly refusal: Refusal['kind'];
}

/** A poll that failed; `answered`: the provider was reached, and its answer is an error or makes no sense. */
export type FailedPoll = {
  readonly error: string;
  readonly answered: boolean;
};

export function failedPoll(error: ProviderError): FailedPoll {
  return { error: error.message, answered: !isUnanswered(error) };
}

function unread({ error, answered }: FailedPoll): string {
  return headed(
    `${answered ? 'Cannot read the servers' : 'Cannot reach the provider'} (${error}).`,
    'Servers stay as they are.',
  );
}

/** The same, in one line. */
export function unreadable(poll: FailedPoll): string {
  return inOneLine(unread(poll));
}

const WAYS_OUT: Readonly<Partial<Record<ProviderError['code'], string>>> = {
  no_capacity: 'Free capacity there, or raise the quota.',
  unauthorized: 'Check the credentials and rights of its connection.',
  not_found: 'Check the provider settings of the cluster.',
};

/** What helps against a refusal; empty: not known. */
export function wayOut(refusal: Refusal['kind']): string {
  return refusal === null ? '' : (WAYS_OUT[refusal] ?? '');
}

/** With a period, where another system's words have none. */
export function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Why a decision is not carried out, or not recorded in time, by code. */
export const WITHHELD_SENTENCES = {
  provider_unreachable: unread,

  paused: ({ current, desired }: { readonly current: number; readonly desired: number }) =>
    headed(
      'Paused: servers stay as they are.',
      current === desired ? '' : `Without the pause ${serversOf(desired)} would run.`,
    ),
  frozen: ({ by, why }: { readonly by: string; readonly why: string | null }) =>
    headed(`Frozen by ${by}: servers stay as they are.`, why === null ? '' : `Reason: ${why}`),
  removal_waits: ({ removed }: { readonly removed: number }) =>
    `Removing ${serversOf(removed)} waits up to 1 min, until the other clusters of this provider are polled.`,
  removals_held: ({ removed, clusters }: { readonly removed: number; readonly clusters: number }) =>
    headed(
      `Removing ${serversOf(removed)} is on hold: ${clusters} clusters of this provider would lose servers at once.`,
      'The metrics may be wrong.',
      'The removal continues after 5 min, or when an admin releases it.',
    ),

  blocked: ({ by, reason }: { readonly by: string; readonly reason: string }) =>
    headed(`Recommended only: ${by} acts on this cluster too (${reason}).`, 'This service changes no server.'),
  backing_off: ({ waits_for: waitsFor, failures, missing, reference, remaining_ms: ms, error, refusal }: Waiting) => {
    if (waitsFor !== 'consent')
      return headed(
        `The provider has not started ${serversOf(missing)} yet: next attempt in ${duration(ms)}.`,
        `${serversOf(reference)} are desired.`,
      );
    const next = `Next attempt in ${duration(ms)}.`;
    const refused = failures === 1 ? '' : `It refused ${failures} times in a row.`;
    const words = error === null ? 'The provider refused.' : ended(`The provider refused: ${error}`);
    return headed(words, wayOut(refusal), next, refused, 'Servers stay as they are.');
  },
  cluster_retired: () =>
    headed('The cluster was paused, deleted or moved to another instance.', 'Servers stay as they are.'),
  journaled: () => 'The database is down: the change is in the local journal, and is recorded later.',
  database_unreachable: () => headed('The database cannot record the change.', 'Servers stay as they are.'),
} satisfies Sentences;

/** Makes the step that withholds a decision. */
export const withheldStep = stepMaker(WITHHELD_SENTENCES);

export type WithheldCode = keyof typeof WITHHELD_SENTENCES;
export type WithheldData<Code extends WithheldCode> = Parameters<(typeof WITHHELD_SENTENCES)[Code]>[0];
