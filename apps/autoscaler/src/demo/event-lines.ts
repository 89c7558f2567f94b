import { headlineOf } from '#engine';
import type { LiveEvents } from '#scaler';

type ScalingEvent = Pick<LiveEvents['scaling_event'], 'cluster_id' | 'timestamp'> & {
  readonly data: Pick<
    LiveEvents['scaling_event']['data'],
    'action' | 'outcome' | 'servers_before' | 'servers_after' | 'desired' | 'reason'
  >;
};

interface Refused {
  readonly desired: number;
  readonly since: string;
  readonly times: number;
}

/** The lines of `npm start`: one for each scaling; a refused one is said once, and counted until it succeeds. */
export class EventLines {
  private readonly refused = new Map<string, Refused>();

  /** @returns `null` for a repeated refusal */
  lineOf(name: string, { cluster_id: id, timestamp, data }: ScalingEvent): string | null {
    const time = timestamp.slice(11, 19);
    const before = this.refused.get(id);
    const { desired, outcome } = data;
    if (outcome === 'failed') {
      const again = before !== undefined && before.desired === desired;
      this.refused.set(id, again ? { ...before, times: before.times + 1 } : { desired, since: time, times: 1 });
      return again ? null : lineOf(time, name, data, '');
    }
    this.refused.delete(id);
    const repeats =
      before === undefined || before.times === 1 ? '' : `, ${before.times} × refused since ${before.since}`;
    return lineOf(time, name, data, repeats);
  }
}

function lineOf(time: string, name: string, data: ScalingEvent['data'], more: string): string {
  const { action, outcome, servers_before: before, servers_after: after, desired, reason } = data;
  const isRefused = outcome === 'failed';
  const mark = isRefused ? '✗' : action === 'SCALE_UP' ? '▲' : '▼';
  const to = isRefused ? desired : (after ?? desired);
  const words = [isRefused ? 'refused' : outcome === 'success' ? '' : outcome, more.replace(/^, /, '')].filter(
    (word) => word !== '',
  );
  const about = words.length === 0 ? '' : `(${words.join(', ')}) `;
  return `  ${time}  ${mark} ${name.padEnd(14)} ${String(before).padStart(3)} → ${String(to).padEnd(3)} ${about}${headlineOf(reason)}`;
}
