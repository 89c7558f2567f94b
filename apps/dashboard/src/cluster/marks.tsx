import { useElementSize } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import { LEFT_PX, RIGHT_PX } from '../chart/parts';
import { counted, moment } from '../layout/words';
import classes from './marks.module.css';
import type { Decision } from './queries';
import type { ScalingEvent } from './use-events';

/** Something that was decided at a time. */
export interface Marked {
  /** Of its decision. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: ScalingEvent['action'];
  readonly text: string;
  readonly failed: boolean;
  /** Only said: by a policy that recommends, or by one on trial. */
  readonly said: boolean;
}

/** Newest first. */
export function useMarked(events: readonly ScalingEvent[], said: readonly Decision[], bySomebodyElse: boolean) {
  return useMemo((): readonly Marked[] => {
    const done = events.map((event) => ({
      id: event.id,
      at: Date.parse(event.timestamp),
      action: event.action,
      text: `${event.servers_before} → ${event.servers_after ?? event.desired}. ${event.reason}`,
      failed: event.outcome === 'failed',
      said: false,
    }));
    const only = said.flatMap(({ id, timestamp, action, current, desired, reason }) =>
      action === 'MAINTAIN'
        ? []
        : [
            {
              id,
              at: Date.parse(timestamp),
              action,
              text: `${bySomebodyElse ? 'On trial' : 'Only recommended'}: ${current} → ${desired}. ${reason}`,
              failed: false,
              said: true,
            },
          ],
    );
    return [...done, ...only].sort((a, b) => b.at - a.at);
  }, [events, said, bySomebodyElse]);
}

interface MarksProps {
  /** Newest first. */
  readonly marked: readonly Marked[];
  readonly range: readonly [number, number];
  readonly onExplain: (decisionId: string) => void;
}

/** Marks that would be nearer to each other than this are one. */
const APART_PX = 17;

interface Mark {
  /** Where on the axis, 0 to 1. */
  readonly at: number;
  /** Newest first. */
  readonly all: Marked[];
}

/** Each scaling event, and what was only said, at its time on the axis; a click explains it. */
export const Marks = memo(function Marks({ marked, range: [from, to], onExplain }: MarksProps) {
  const { ref, width } = useElementSize();
  const apart = APART_PX / Math.max(100, width);
  const marks: Mark[] = [];
  for (const one of marked) {
    const at = (one.at - from) / (to - from);
    if (at < 0 || at > 1) continue;
    const last = marks.at(-1);
    if (last !== undefined && last.at - at < apart) last.all.push(one);
    else marks.push({ at, all: [one] });
  }
  return (
    <div ref={ref} className={classes['lane']} role="group" aria-label="Scaling events on the axis">
      {marks.map(({ at, all }) => {
        // What was done counts for more than what was only said.
        const shown = all.find(({ said }) => !said) ?? all[0];
        if (shown === undefined) return null;
        return (
          <button
            key={shown.id}
            type="button"
            tabIndex={-1}
            className={classes['mark']}
            data-action={shown.action}
            data-said={shown.said || undefined}
            data-failed={all.some(({ failed }) => failed) || undefined}
            style={{ left: `calc(${LEFT_PX}px + (100% - ${LEFT_PX + RIGHT_PX}px) * ${at.toFixed(5)})` }}
            title={titleOf(shown, all.length)}
            aria-label={titleOf(shown, all.length)}
            onClick={() => onExplain(shown.id)}
          >
            <span aria-hidden="true">{symbolOf(shown)}</span>
            {all.length > 1 && <span className={classes['count']}>{all.length}</span>}
          </button>
        );
      })}
    </div>
  );
});

function symbolOf({ action, said }: Marked): string {
  if (action === 'SCALE_UP') return said ? '△' : '▲';
  return said ? '▽' : '▼';
}

function titleOf({ at, text }: Marked, count: number): string {
  const own = `${moment(at)}: ${text}`;
  return count === 1 ? own : `${counted(count, 'event')}; the newest at ${own}`;
}
