import 'uplot/dist/uPlot.min.css';
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import type { ChartData } from '../chart/series';
import { type Limits, TimelineChart } from '../chart/timeline-chart';
import classes from './timeline.module.css';

interface CanvasesProps {
  readonly data: ChartData | null;
  readonly limits: Limits;
  /** Milliseconds since the epoch. */
  readonly range: readonly [number, number];
  /** The observation that the keys point at. */
  readonly keyed: number | null;
  readonly onIndex: (index: number | null) => void;
  readonly onSelect: (from: number, to: number) => void;
  /** By a share of what is shown. */
  readonly onPan: (share: number) => void;
  readonly onZoom: (factor: number, around: number) => void;
  readonly between: ReactNode;
}

/** A wheel turns many times a second, and each turn would load anew. */
const WHEEL_MS = 120;
const ZOOM_PER_PX = 0.004;

/** Colours are read when a chart is made, so that another colour scheme takes another chart: give it the scheme as its key. */
export function Canvases(props: CanvasesProps) {
  const { data, limits, keyed, onIndex, onSelect, between } = props;
  const [from, to] = props.range;
  const hosts = useRef<(HTMLDivElement | null)[]>([]);
  const chart = useRef<TimelineChart | null>(null);
  const select = useEffectEvent(onSelect);
  useEffect(() => {
    const places = hosts.current.filter((host) => host !== null);
    const made = new TimelineChart(places, {
      onSelect: (start, end) => select(start, end),
      onMoment: onIndex,
    });
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [onIndex]);
  useEffect(() => {
    if (data !== null) chart.current?.show(data, limits, [from, to], keyed);
  }, [data, limits, from, to, keyed]);
  useWheel(hosts, chart, props);

  const host = (index: number) => (element: HTMLDivElement | null) => {
    hosts.current[index] = element;
  };
  return (
    <>
      <div className={classes['title']}>Demand and capacity, in servers</div>
      <div className={classes['demand']} ref={host(0)} />
      {between}
      <div className={classes['title']}>Utilisation</div>
      <div className={classes['load']} ref={host(1)} />
      <div className={classes['title']}>Servers</div>
      <div className={classes['servers']} ref={host(2)} />
    </>
  );
}

/** Sideways moves along the axis, with Ctrl (or a pinch) it zooms; anything else scrolls the page, as everywhere. */
function useWheel(
  hosts: { readonly current: readonly (HTMLDivElement | null)[] },
  chart: { readonly current: TimelineChart | null },
  { range: [from, to], onPan, onZoom }: Pick<CanvasesProps, 'range' | 'onPan' | 'onZoom'>,
): void {
  const turned = useRef({ across: 0, closer: 0, at: 0, timer: 0 });
  const apply = useEffectEvent((width: number) => {
    const { across, closer, at } = turned.current;
    turned.current = { across: 0, closer: 0, at: 0, timer: 0 };
    if (closer !== 0) onZoom(Math.exp(closer * ZOOM_PER_PX), chart.current?.timeAt(at) ?? (from + to) / 2);
    else if (across !== 0) onPan(across / width);
  });
  useEffect(() => {
    const places = hosts.current.filter((host) => host !== null);
    const turn = (event: WheelEvent): void => {
      const zooms = event.ctrlKey || event.metaKey;
      const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (!zooms && Math.abs(across) <= Math.abs(event.deltaY) && !event.shiftKey) return;
      event.preventDefault();
      const sums = turned.current;
      if (zooms) sums.closer += event.deltaY;
      else sums.across += across;
      sums.at = event.clientX;
      const { clientWidth } = event.currentTarget as HTMLElement;
      if (sums.timer === 0) sums.timer = window.setTimeout(() => apply(Math.max(1, clientWidth)), WHEEL_MS);
    };
    // React's own listeners are passive, and a passive one cannot keep the page from scrolling along.
    for (const place of places) place.addEventListener('wheel', turn, { passive: false });
    return () => {
      window.clearTimeout(turned.current.timer);
      for (const place of places) place.removeEventListener('wheel', turn);
    };
  }, [hosts]);
}
