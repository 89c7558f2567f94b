import 'uplot/dist/uPlot.min.css';
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import type { ChartData } from '../chart/series';
import { type Limits, TimelineChart } from '../chart/timeline-chart';
import classes from './timeline.module.css';
import { useGestures } from './use-gestures';
import type { View } from './view';

interface CanvasesProps {
  readonly data: ChartData | null;
  readonly limits: Limits;
  /** Milliseconds since the epoch. */
  readonly range: readonly [number, number];
  /** The observation selected by keyboard. */
  readonly keyed: number | null;
  readonly onIndex: (index: number | null) => void;
  readonly onSelect: (from: number, to: number) => void;
  readonly view: View;
  readonly onMoving: (view: View | null) => void;
  readonly onView: (view: View) => void;
  readonly between: ReactNode;
}

/** Colors are read when a chart is created: use the color scheme as its key. */
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
  useGestures(hosts, chart, props);

  const host = (index: number) => (element: HTMLDivElement | null) => {
    hosts.current[index] = element;
  };
  return (
    <>
      <div className={classes['title']}>Demand and servers, in servers</div>
      <div className={classes['servers']} ref={host(0)} />
      {between}
      <div className={classes['title']}>Utilization</div>
      <div className={classes['load']} ref={host(1)} />
    </>
  );
}
