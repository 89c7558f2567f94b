import { memo } from 'react';
import type { Overview } from './overview';
import classes from './sparkline.module.css';

const WIDTH = 160;
const HEIGHT = 30;
const PADDING = 2;

interface SparklineProps {
  readonly recent: Overview['recent_demand'];
  /** Current demand. */
  readonly now: number | null;
  readonly capacity: number | null;
}

/** Demand of the last minutes with the current capacity (dashed line). The number beside it is the text alternative. */
export const Sparkline = memo(function Sparkline({ recent, now, capacity }: SparklineProps) {
  const values = [...recent.values, now];
  const highest = Math.max(capacity ?? 0, ...values.map((value) => value ?? 0), 0.1) * 1.05;
  const x = (index: number): number => (index / (values.length - 1)) * WIDTH;
  const y = (value: number): number => HEIGHT - PADDING - (value / highest) * (HEIGHT - 2 * PADDING);
  const points = values.flatMap((value, index) =>
    value === null ? [] : [`${x(index).toFixed(1)},${y(value).toFixed(1)}`],
  );
  const [first] = points[0]?.split(',') ?? ['0'];
  return (
    <svg className={classes['line']} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && (
        <>
          <polygon className={classes['area']} points={`${first},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
          <polyline className={classes['stroke']} points={points.join(' ')} />
        </>
      )}
      {capacity !== null && (
        <line className={classes['capacity']} x1={0} x2={WIDTH} y1={y(capacity)} y2={y(capacity)} />
      )}
    </svg>
  );
});
