import { useElementSize } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import { LEFT_PX, RIGHT_PX } from '../chart/parts';
import { headlineOf } from '../layout/reason';
import { useTimeZone } from '../layout/time-zone';
import { counted, moment } from '../layout/words';
import classes from './marks.module.css';
import { outcomeWord } from './outcome';
import type { Decision } from './queries';
import type { ScalingEvent } from './use-events';

/** A decision at a time. */
export interface Marked {
  /** Id of its decision. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: ScalingEvent['action'];
  readonly text: string;
  readonly failed: boolean;
  /** A decision that was not carried out: of a recommending policy, or of one on trial. `null`: it was carried out. */
  readonly said: 'advice' | 'on trial' | null;
  /** Part of a simulated past. */
  readonly simulated: boolean;
}

/** Newest first. */
export function useMarked(events: readonly ScalingEvent[], said: readonly Decision[], bySomebodyElse: boolean) {
  return useMemo((): readonly Marked[] => {
    const done = events.map((event) => ({
      id: event.id,
      at: Date.parse(event.timestamp),
      action: event.action,
      text: `${event.simulated ? 'Simulated: ' : ''}${[`${event.servers_before} → ${event.desired}`, outcomeWord(event)].join(' ').trim()}. ${headlineOf(event.reason)}`,
      failed: event.outcome === 'failed',
      said: null,
      simulated: event.simulated,
    }));
    const only = said.flatMap(({ id, timestamp, action, current, desired, reason }) =>
      action === 'MAINTAIN'
        ? []
        : [
            {
              id,
              at: Date.parse(timestamp),
              action,
              text: `${bySomebodyElse ? 'On trial' : 'Only recommended'}: ${current} → ${desired}. ${headlineOf(reason)}`,
              failed: false,
              said: bySomebodyElse ? ('on trial' as const) : ('advice' as const),
              simulated: false,
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

/** Marks closer together than this are merged. */
const APART_PX = 17;

interface Mark {
  /** Position on the axis, 0 to 1. */
  readonly at: number;
  /** Newest first. */
  readonly all: Marked[];
}

/** Marks with their positions, newest first; overlapping ones are merged. */
function placed(marked: readonly Marked[], [from, to]: readonly [number, number], width: number): readonly Mark[] {
  const apart = APART_PX / Math.max(100, width);
  const marks: Mark[] = [];
  for (const one of marked) {
    const at = (one.at - from) / (to - from);
    if (at < 0 || at > 1) continue;
    const last = marks.at(-1);
    if (last !== undefined && last.at - at < apart) last.all.push(one);
    else marks.push({ at, all: [one] });
  }
  return marks;
}

/**
 * Each scaling event at its time on the axis; decisions that were not carried out are in a separate lane. A click opens
 * the explanation.
 */
export const Marks = memo(function Marks({ marked, range, onExplain }: MarksProps) {
  useTimeZone();
  const { ref, width } = useElementSize();
  const [said, done] = [marked.filter((one) => one.said !== null), marked.filter((one) => one.said === null)];
  const lanes = said.length === 0 ? [done] : done.length === 0 ? [said] : [done, said];
  return (
    <div ref={ref} role="group" aria-label="Scaling events on the axis">
      {lanes.map((lane) => (
        <div key={lane === said ? 'said' : 'done'} className={classes['lane']}>
          {lane === said && (
            <span className={classes['who']} aria-hidden="true">
              {said[0]?.said}
            </span>
          )}
          {placed(lane, range, width).map(({ at, all: [shown, ...others] }) =>
            shown === undefined ? null : (
              <button
                key={shown.id}
                type="button"
                tabIndex={-1}
                className={classes['mark']}
                data-action={shown.action}
                data-simulated={shown.simulated || undefined}
                data-failed={shown.failed || others.some(({ failed }) => failed) || undefined}
                style={{ left: `calc(${LEFT_PX}px + (100% - ${LEFT_PX + RIGHT_PX}px) * ${at.toFixed(5)})` }}
                title={titleOf(shown, others.length + 1)}
                aria-label={titleOf(shown, others.length + 1)}
                onClick={() => onExplain(shown.id)}
              >
                <span aria-hidden="true">{symbolOf(shown)}</span>
                {others.length > 0 && <span className={classes['count']}>{others.length + 1}</span>}
              </button>
            ),
          )}
        </div>
      ))}
    </div>
  );
});

function symbolOf({ action, said, failed }: Marked): string {
  if (failed) return '✕';
  if (action === 'SCALE_UP') return said !== null ? '△' : '▲';
  return said !== null ? '▽' : '▼';
}

function titleOf({ at, text }: Marked, count: number): string {
  const own = `${moment(at)}: ${text}`;
  return count === 1 ? own : `${counted(count, 'event')}; the newest at ${own}`;
}
