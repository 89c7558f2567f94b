import { Fragment, memo } from 'react';
import type { Overview } from './overview';
import classes from './sparkline.module.css';

const WIDTH = 160;
const HEIGHT = 30;
const PADDING = 2;
/** Values are 10 s apart, and a cluster may be observed less often. */
const BRIDGED = 4;

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
  const lines = stretches(values).map((stretch) =>
    stretch.map(({ index, value }) => ({ x: x(index).toFixed(1), y: y(value).toFixed(1) })),
  );
  return (
    <svg className={classes['line']} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {lines.map((line) => {
        const points = line.map((point) => `${point.x},${point.y}`).join(' ');
        const [from, to] = [line[0]?.x, line.at(-1)?.x];
        return (
          <Fragment key={from}>
            <polygon className={classes['area']} points={`${from},${HEIGHT} ${points} ${to},${HEIGHT}`} />
            <polyline className={classes['stroke']} points={points} />
          </Fragment>
        );
      })}
      {capacity !== null && (
        <line className={classes['capacity']} x1={0} x2={WIDTH} y1={y(capacity)} y2={y(capacity)} />
      )}
    </svg>
  );
});

interface Point {
  readonly index: number;
  readonly value: number;
}

/** Known values in a row; where more than `BRIDGED` values in a row are unknown, the line has a gap. */
function stretches(values: readonly (number | null)[]): Point[][] {
  const found: Point[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  values.forEach((value, index) => {
    if (value === null) return;
    if (index - last > BRIDGED + 1) found.push([]);
    found.at(-1)?.push({ index, value });
    last = index;
  });
  return found.filter(({ length }) => length > 1);
}
