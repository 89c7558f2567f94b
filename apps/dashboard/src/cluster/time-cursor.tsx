import { type KeyboardEvent, useId } from 'react';
import classes from './timeline.module.css';

interface TimeCursorProps {
  /** Index of the selected point; -1: none. */
  readonly index: number;
  readonly count: number;
  /** Text of the values at that point. */
  readonly text: string;
  /** `null`: back to the newest. */
  readonly onIndex: (index: number | null) => void;
  readonly onPan: (share: number) => void;
  readonly onZoom: (closer: boolean) => void;
  /** Explains the decision at this point, or the one before it. */
  readonly onExplain: () => void;
}

const FAR = 10;
const PAGE = 0.5;

/**
 * Keyboard navigation along the time axis, with the values as text. Overlays the chart and passes pointer events
 * through.
 */
export function TimeCursor({ index, count, text, onIndex, onPan, onZoom, onExplain }: TimeCursorProps) {
  const help = useId();
  const go = (to: number): void => onIndex(Math.min(count - 1, Math.max(0, to)));
  const keys: Readonly<Record<string, (far: boolean) => void>> = {
    ArrowLeft: (far) => go(index - (far ? FAR : 1)),
    ArrowRight: (far) => go(index + (far ? FAR : 1)),
    Home: () => go(0),
    End: () => onIndex(null),
    Escape: () => onIndex(null),
    PageUp: () => onPan(-PAGE),
    PageDown: () => onPan(PAGE),
    '+': () => onZoom(true),
    '-': () => onZoom(false),
    Enter: onExplain,
  };
  function onKeyDown(event: KeyboardEvent): void {
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey || count === 0) return;
    event.preventDefault();
    act(event.shiftKey);
  }
  return (
    <>
      <span id={help} hidden>
        Left and right arrows walk along the axis, with Shift ten points at a time. Page up and Page down move it, plus
        and minus zoom, Enter explains what was decided.
      </span>
      <div
        role="slider"
        tabIndex={0}
        className={classes['cursor']}
        aria-label="Moment on the time axis"
        aria-describedby={help}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, count - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onBlur={() => onIndex(null)}
      />
    </>
  );
}
