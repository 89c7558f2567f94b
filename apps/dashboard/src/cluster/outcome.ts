import type { Schema } from '../api/client';

export type Outcome = Schema['ScalingEventDto']['outcome'];

interface Ended {
  readonly action: Schema['ScalingEventDto']['action'];
  readonly outcome: Outcome;
  readonly error?: string | null;
}

/** An answer of a provider with the status of a refusal, in the error of a scaling event. */
const REFUSAL = /\bHTTP 4\d\d/;

/** The outcome of a scaling event in a word; empty: success. */
export function outcomeWord({ outcome, error = null }: Ended): string {
  switch (outcome) {
    case 'pending':
      return 'pending';
    case 'success':
      return '';
    case 'partial':
      return 'partial';
    case 'failed':
      return error !== null && REFUSAL.test(error) ? 'refused' : 'failed';
  }
}

/** The symbol of a scaling event: an arrow only if something was scaled. */
export function outcomeSymbol({ action, outcome }: Ended): string {
  if (outcome === 'failed') return '✕';
  return action === 'SCALE_UP' ? '▲' : '▼';
}

/** The words for screen readers that precede the counts. */
export function outcomeVerb({ action, outcome }: Ended): string {
  const [did, could] = action === 'SCALE_UP' ? ['Scaled up', 'scale up'] : ['Scaled down', 'scale down'];
  return outcome === 'failed' ? `Could not ${could} from` : `${did} from`;
}

/** Failures of the same change that follow each other, as one. */
export interface Repeated<T> {
  /** The newest. */
  readonly newest: T;
  readonly count: number;
  /** Time of the oldest. */
  readonly since: string;
}

type Event = Pick<
  Schema['ScalingEventDto'],
  'action' | 'outcome' | 'servers_before' | 'desired' | 'policy' | 'timestamp'
>;

/** Collapses repeated failures; events that changed something are always apart. Newest first. */
export function collapsed<T extends Event>(newestFirst: readonly T[]): readonly Repeated<T>[] {
  const found: Repeated<T>[] = [];
  for (const event of newestFirst) {
    const last = found.at(-1);
    if (last !== undefined && event.outcome === 'failed' && isSame(last.newest, event)) {
      found[found.length - 1] = { ...last, count: last.count + 1, since: event.timestamp };
    } else found.push({ newest: event, count: 1, since: event.timestamp });
  }
  return found;
}

function isSame(a: Event, b: Event): boolean {
  return (
    a.action === b.action &&
    a.outcome === b.outcome &&
    a.servers_before === b.servers_before &&
    a.desired === b.desired &&
    a.policy === b.policy
  );
}
