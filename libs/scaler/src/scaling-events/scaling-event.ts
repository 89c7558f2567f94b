import type { Decision } from '#engine';
import type { LiveScalingEvent } from '../live-events/live-events.js';

export type ScalingOutcome = 'pending' | 'success' | 'partial' | 'failed';

/** A decision that was carried out, or is about to be. Has the id of its decision. */
export interface ScalingEvent {
  readonly id: string;
  readonly clusterId: string;
  /** When the intent was recorded, before the request. */
  readonly at: number;
  readonly finishedAt: number | null;
  readonly action: 'SCALE_UP' | 'SCALE_DOWN';
  readonly serversBefore: number;
  readonly serversAfter: number | null;
  readonly desired: number;
  readonly policy: Decision['policy'];
  readonly code: string;
  readonly reason: string;
  readonly outcome: ScalingOutcome;
  readonly error: string | null;
}

/**
 * The outcome of an intent, from what the provider shows afterwards. A provider that states the requested count as its
 * own desired count has accepted it; its list may follow later. If it lists only some of the new servers, it granted a
 * part.
 *
 * @param serversAfter the number of listed servers
 * @param stated the provider's own desired count; `null` if it states none
 */
export function judge(
  event: Pick<ScalingEvent, 'action' | 'serversBefore' | 'desired'>,
  serversAfter: number,
  stated: number | null,
): Exclude<ScalingOutcome, 'pending'> {
  const { action, serversBefore, desired } = event;
  const [wanted, got] =
    action === 'SCALE_UP'
      ? [desired - serversBefore, serversAfter - serversBefore]
      : [serversBefore - desired, serversBefore - serversAfter];
  if (got >= wanted) return 'success';
  const isPart = got > 0;
  if (stated === desired) return action === 'SCALE_UP' && isPart ? 'partial' : 'success';
  return isPart ? 'partial' : 'failed';
}

/** The published form, without cluster and time, which the event carries already. */
export function toLiveScalingEvent(event: ScalingEvent): LiveScalingEvent {
  return {
    id: event.id,
    action: event.action,
    servers_before: event.serversBefore,
    servers_after: event.serversAfter,
    desired: event.desired,
    policy: event.policy,
    code: event.code,
    reason: event.reason,
    outcome: event.outcome,
    error: event.error,
  };
}
