import { moment } from '../layout/words';
import type { Cluster } from './queries';

/** What a take-over means for a cluster, in sentences; `null`: nothing was taken over. Times as `moment` shows them. */
export function takenOverWords(
  { taken_over: takenOver, policy }: Pick<Cluster, 'taken_over' | 'policy'>,
  now: number,
): string | null {
  if (takenOver === null) return null;
  const { objects, by, since } = takenOver;
  const what = objects.join(' and ');
  const isActing = policy.mode !== 'recommend';
  const state = isActing
    ? `Taken over from ${what} by ${by}, ${moment(since, now)}: this service sets the number of servers.`
    : `${what} was taken over, and is not restored completely: neither it nor this service may set the number of servers.`;
  return `${state} To give it back: POST /clusters/:id/hand-back.`;
}
