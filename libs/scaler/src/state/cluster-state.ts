import type { ClusterStatus } from '#clusters';
import type { ClusterStateDto } from './cluster-state.dto.js';
import { STATE_SENTENCES } from './cluster-state.sentences.js';

/** An active alert, as stored with its cluster. */
export interface HeldAlert<Code extends string = string> {
  readonly code: Code;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly message: string;
  /** The numbers behind the message; missing in alerts stored by older versions. */
  readonly data?: Readonly<Record<string, number | string | boolean | null>>;
  /** RFC 3339, UTC. */
  readonly since: string;
}

export interface KnownOfCluster {
  readonly status: ClusterStatus;
  readonly statusReason: string | null;
  readonly alerts: readonly HeldAlert[];
  /** Of the service level; `null`: none, or nothing known yet. */
  readonly budget: { readonly promised: number; readonly spent: number } | null;
  /** Last tick in milliseconds since the epoch; `null`: never ticked. */
  readonly tickedAt: number | null;
  /** Tick interval in milliseconds; `null`: the default. */
  readonly intervalMs: number | null;
}

/** A cluster that was not ticked for this long or for three intervals, whichever is longer, is silent. */
const SILENT_AFTER_MS = 60_000;
const MISSED_TICKS = 3;
const LEVELS = ['ok', 'attention', 'critical'] as const satisfies readonly ClusterStateDto['level'][];
const OK: ClusterStateDto = { level: 'ok', code: null, message: null, since: null };

/**
 * The worst of a cluster's active alerts, service level and condition. Of equally severe ones the earliest is returned;
 * alerts come before states derived from stored values.
 *
 * @param now milliseconds since the epoch
 */
export function stateOf(known: KnownOfCluster, now: number): ClusterStateDto {
  const { alerts, status, statusReason, budget, tickedAt, intervalMs } = known;
  const found: ClusterStateDto[] = alerts
    .toSorted((a, b) => a.since.localeCompare(b.since))
    .map(({ code, severity, message, since }) => ({ level: levelOf(severity), code, message, since }));
  if (status === 'error') {
    const message = statusReason ?? STATE_SENTENCES.error();
    found.push({ level: 'critical', code: 'error', message, since: null });
  }
  if (tickedAt !== null && now - tickedAt > Math.max(SILENT_AFTER_MS, MISSED_TICKS * (intervalMs ?? 0))) {
    const message = STATE_SENTENCES.silent();
    found.push({ level: 'attention', code: 'silent', message, since: new Date(tickedAt).toISOString() });
  }
  if (budget !== null && budget.spent > budget.promised) {
    const message = STATE_SENTENCES.promise_broken(budget);
    found.push({ level: 'attention', code: 'promise_broken', message, since: null });
  }
  return found.reduce((worst, one) => (LEVELS.indexOf(one.level) > LEVELS.indexOf(worst.level) ? one : worst), OK);
}

function levelOf(severity: HeldAlert['severity']): ClusterStateDto['level'] {
  switch (severity) {
    case 'critical':
      return 'critical';
    case 'warning':
      return 'attention';
    case 'info':
      return 'ok';
  }
}
