import { useElementSize } from '@mantine/hooks';
import { memo } from 'react';
import { LEFT_PX, RIGHT_PX } from '../chart/parts';
import { counted, moment } from '../layout/words';
import classes from './marks.module.css';
import type { ScalingEvent } from './use-events';

interface MarksProps {
  readonly events: readonly ScalingEvent[];
  readonly range: readonly [number, number];
  readonly onExplain: (decisionId: string) => void;
}

/** Marks that would be nearer to each other than this are one. */
const APART_PX = 17;

interface Mark {
  /** Where on the axis, 0 to 1. */
  readonly at: number;
  /** Newest first. */
  readonly events: ScalingEvent[];
}

/** Each scaling event at its time on the axis; a click explains it. */
export const Marks = memo(function Marks({ events, range: [from, to], onExplain }: MarksProps) {
  const { ref, width } = useElementSize();
  const apart = APART_PX / Math.max(100, width);
  const marks: Mark[] = [];
  for (const event of events) {
    const at = (Date.parse(event.timestamp) - from) / (to - from);
    if (at < 0 || at > 1) continue;
    const last = marks.at(-1);
    if (last !== undefined && last.at - at < apart) last.events.push(event);
    else marks.push({ at, events: [event] });
  }
  return (
    <div ref={ref} className={classes['lane']} role="group" aria-label="Scaling events on the axis">
      {marks.map(({ at, events: own }) => {
        const [newest] = own;
        if (newest === undefined) return null;
        return (
          <button
            key={newest.id}
            type="button"
            tabIndex={-1}
            className={classes['mark']}
            data-action={newest.action}
            data-failed={own.some(({ outcome }) => outcome === 'failed') || undefined}
            style={{ left: `calc(${LEFT_PX}px + (100% - ${LEFT_PX + RIGHT_PX}px) * ${at.toFixed(5)})` }}
            title={titleOf(own)}
            aria-label={titleOf(own)}
            onClick={() => onExplain(newest.id)}
          >
            <span aria-hidden="true">{newest.action === 'SCALE_UP' ? '▲' : '▼'}</span>
            {own.length > 1 && <span className={classes['count']}>{own.length}</span>}
          </button>
        );
      })}
    </div>
  );
});

function titleOf(events: readonly ScalingEvent[]): string {
  const [newest] = events;
  if (newest === undefined) return '';
  const after = newest.servers_after ?? newest.desired;
  const text = `${moment(newest.timestamp)}: ${newest.servers_before} → ${after}. ${newest.reason}`;
  return events.length === 1 ? text : `${counted(events.length, 'event')}; the newest at ${text}`;
}
