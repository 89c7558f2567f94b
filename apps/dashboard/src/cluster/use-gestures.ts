import { type RefObject, useEffect, useEffectEvent, useRef } from 'react';
import { LEFT_PX, RIGHT_PX } from '../chart/parts';
import type { TimelineChart } from '../chart/timeline-chart';
import { panned, type View, zoomed } from './view';

interface Gestures {
  readonly view: View;
  /** The view during a gesture; `null`: the gesture was canceled. */
  readonly onMoving: (view: View | null) => void;
  /** The gesture has ended. */
  readonly onView: (view: View) => void;
}

/** A wheel gesture ends after this pause; until then nothing is loaded. */
const WHEEL_MS = 150;
const ZOOM_PER_PX = 0.004;
/** A smaller movement is a tap. */
const TAP_PX = 6;

interface Hold {
  /** The view when the number of fingers last changed. */
  view: View;
  x: number;
  apart: number;
  time: number;
}

/**
 * Moves and zooms the time axis. One finger moves it, two zoom it, vertical movement scrolls the page. A mouse moves it
 * with Shift; without, it selects a range, which the chart does. A wheel moves it sideways, and zooms with Ctrl, like a
 * pinch on a touchpad.
 */
export function useGestures(
  hosts: RefObject<readonly (HTMLDivElement | null)[]>,
  chart: RefObject<TimelineChart | null>,
  { view, onMoving, onView }: Gestures,
): void {
  const latest = useRef<View | null>(null);
  const frame = useRef(0);
  const current = useEffectEvent((): View => latest.current ?? view);
  const show = useEffectEvent((next: View) => {
    latest.current = next;
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      if (latest.current !== null) onMoving(latest.current);
    });
  });
  const rest = useEffectEvent((kept: boolean) => {
    const next = latest.current;
    latest.current = null;
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    if (!kept || next === null) {
      onMoving(null);
      return;
    }
    onMoving(next);
    onView(next);
  });

  useEffect(() => {
    const places = hosts.current.filter((host) => host !== null);
    const fingers = new Map<number, number>();
    let hold: Hold | null = null;
    let wheel = 0;

    const width = (place: HTMLElement): number => Math.max(1, place.clientWidth - LEFT_PX - RIGHT_PX);
    const apartOf = (xs: readonly number[]): number => Math.max(1, Math.max(...xs) - Math.min(...xs));
    const take = (): void => {
      const xs = [...fingers.values()];
      const x = xs.reduce((sum, each) => sum + each, 0) / Math.max(1, xs.length);
      const time = chart.current?.timeAt(x) ?? Date.now();
      hold = xs.length === 0 ? null : { view: current(), x, apart: apartOf(xs), time };
    };
    const down = (event: PointerEvent): void => {
      const moves = event.pointerType === 'touch' || (event.shiftKey && event.button === 0);
      if (!moves) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event.clientX);
      take();
    };
    const move = (event: PointerEvent): void => {
      if (hold === null || !fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, event.clientX);
      const xs = [...fingers.values()];
      if (xs.length === 1) {
        const by = event.clientX - hold.x;
        if (latest.current === null && Math.abs(by) < TAP_PX) return;
        show(panned(hold.view, -by / width(event.currentTarget as HTMLElement), Date.now()));
      } else {
        show(zoomed(hold.view, hold.apart / apartOf(xs), Date.now(), hold.time));
      }
    };
    const up = (event: PointerEvent): void => {
      if (!fingers.delete(event.pointerId)) return;
      take();
      if (fingers.size === 0 && latest.current !== null) rest(event.type === 'pointerup');
    };
    // Otherwise the chart would start to select a range.
    const quiet = (event: MouseEvent): void => {
      if (event.shiftKey) event.stopPropagation();
    };
    const turn = (event: WheelEvent): void => {
      const zooms = event.ctrlKey || event.metaKey;
      const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (!zooms && Math.abs(across) <= Math.abs(event.deltaY) && !event.shiftKey) return;
      event.preventDefault();
      const now = Date.now();
      const time = chart.current?.timeAt(event.clientX) ?? now;
      show(
        zooms
          ? zoomed(current(), Math.exp(event.deltaY * ZOOM_PER_PX), now, Math.min(time, now))
          : panned(current(), across / width(event.currentTarget as HTMLElement), now),
      );
      window.clearTimeout(wheel);
      wheel = window.setTimeout(() => rest(true), WHEEL_MS);
    };
    const ending = new AbortController();
    const { signal } = ending;
    for (const place of places) {
      place.addEventListener('pointerdown', down, { signal });
      place.addEventListener('pointermove', move, { signal });
      place.addEventListener('pointerup', up, { signal });
      place.addEventListener('pointercancel', up, { signal });
      place.addEventListener('mousedown', quiet, { signal, capture: true });
      // React's own listeners are passive and cannot prevent the page from scrolling.
      place.addEventListener('wheel', turn, { signal, passive: false });
    }
    return () => {
      ending.abort();
      window.clearTimeout(wheel);
      cancelAnimationFrame(frame.current);
      frame.current = 0;
      latest.current = null;
    };
  }, [hosts, chart]);
}
