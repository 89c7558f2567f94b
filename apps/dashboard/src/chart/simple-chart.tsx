import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Colors, readColors } from './colors';
import { useTimeZone } from '../layout/time-zone';
import { moment, number } from '../layout/words';
import { dateOf, RIGHT_PX } from './parts';
import classes from './simple-chart.module.css';

/** Chart options except size and data; rebuilt when the color scheme changes. */
export type ChartOptions = (colors: Colors) => Omit<uPlot.Options, 'width' | 'height'>;

interface SimpleChartProps {
  /** Text alternative for screen readers. */
  readonly label: string;
  readonly data: uPlot.AlignedData;
  /** Pass a stable function. */
  readonly options: ChartOptions;
  readonly height?: number;
}

/** A static chart. */
export function SimpleChart(props: SimpleChartProps) {
  const scheme = useComputedColorScheme('light');
  const zone = useTimeZone();
  return <Chart key={`${scheme} ${zone}`} {...props} />;
}

/** Empty without a pointer; the library would show `--` for every value. */
function timeOf(_chart: uPlot, seconds: number | null): string {
  return seconds === null ? '' : moment(seconds * 1000);
}

function valueOf(_chart: uPlot, value: number | null): string {
  return value === null ? '' : number(value, 2);
}

function Chart({ label, data, options, height = 220 }: SimpleChartProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = host.current;
    if (place === null) return undefined;
    const own = options(readColors());
    const chart = new uPlot(
      {
        width: Math.max(50, place.clientWidth),
        height,
        padding: [10, RIGHT_PX, 0, 0],
        tzDate: dateOf,
        ...own,
        series: own.series.map((series, index) => ({ ...series, value: index === 0 ? timeOf : valueOf })),
      },
      data,
      place,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height }));
    observer.observe(place);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [data, options, height]);
  return <div ref={host} role="img" aria-label={label} className={classes['chart']} />;
}
