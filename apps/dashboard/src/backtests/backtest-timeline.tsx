import { useMemo } from 'react';
import type uPlot from 'uplot';
import type { Schema } from '../api/client';
import type { Colors } from '../chart/colors';
import { axes, fromZero, line, stepped } from '../chart/parts';
import { SimpleChart } from '../chart/simple-chart';

/** A policy's run over the played demand; drag to zoom in, double click to reset. */
export function BacktestTimeline({ points }: { readonly points: readonly Schema['TimelinePointDto'][] }) {
  const data = useMemo(
    (): uPlot.AlignedData => [
      points.map(({ timestamp }) => Date.parse(timestamp) / 1000),
      points.map(({ active }) => active),
      points.map(({ active, provisioning }) => active + provisioning),
      points.map(({ demand }) => demand),
      points.map(({ upper }) => upper),
    ],
    [points],
  );
  return (
    <SimpleChart
      label="Demand, active servers and what was planned for, over the time that was played"
      data={data}
      options={timelineOptions}
      height={230}
    />
  );
}

function timelineOptions(colors: Colors): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { x: { time: true }, y: { range: fromZero(() => null) } },
    axes: axes(colors, { times: true }),
    series: [
      { label: 'time' },
      stepped('active', colors.capacity, { fill: colors['capacity-soft'], width: 1.5 }),
      stepped('with provisioning', colors.provisioning, { width: 1 }),
      line('demand', colors.demand),
      line('planned for', colors.forecast, { dash: [4, 3], width: 1.25, spanGaps: true }),
    ],
  };
}
