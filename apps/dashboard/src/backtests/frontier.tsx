import { useElementSize } from '@mantine/hooks';
import type { Schema } from '../api/client';
import { moneyWords } from '../layout/money';
import { percent } from '../layout/words';
import classes from './frontier.module.css';
import type { BacktestRow } from './queries';
import { displayName } from './rows';

interface FrontierProps {
  readonly rows: readonly BacktestRow[];
  readonly promise: Schema['BacktestPromiseDto'];
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

const HEIGHT = 360;
const LEFT = 56;
const RIGHT = 20;
const TOP = 14;
const BOTTOM = 42;
/** Labels closer to each other than this would overlap. */
const LABEL_PX = 14;
/** A label farther from its point than this would look like another's. */
const FARTHEST_PX = 64;
/** A label moved by this much is connected to its point by a line. */
const LED_PX = 12;
const DOT_PX = 7;
const TICK_PX = 58;
const WEIGHTS: Readonly<Record<string, number>> = { policy: 1, oracle: 2, frontier: 3, baseline: 4, hindsight: 5 };

/**
 * Cost to the right, violations upwards: the best are at the lower left. The curve is the service level at different
 * promises; points are everything else. Violations use a square root scale, because most of what matters is near zero.
 */
export function Frontier({ rows, promise, chosen, onChoose }: FrontierProps) {
  const { ref, width } = useElementSize();
  const costs = rows.map(({ cost_to_oracle: cost }) => cost);
  const oracle = rows.find(({ kind }) => kind === 'oracle')?.cost ?? null;
  const least = Math.min(...costs, 1);
  const most = Math.max(...costs) * 1.04;
  const worst = Math.max(...rows.map(({ violations }) => violations), promise.violations) * 1.1;
  const x = (cost: number): number => LEFT + ((cost - least) / Math.max(0.01, most - least)) * (width - LEFT - RIGHT);
  const y = (share: number): number => HEIGHT - BOTTOM - Math.sqrt(share / worst) * (HEIGHT - TOP - BOTTOM);
  const curve = rows
    .filter(({ kind }) => kind === 'frontier')
    .sort((a, b) => a.cost_to_oracle - b.cost_to_oracle)
    .map((row) => `${x(row.cost_to_oracle)},${y(row.violations)}`)
    .join(' ');
  const labels = placed(
    rows.map((row) => ({ row, x: x(row.cost_to_oracle), y: y(row.violations) })),
    width,
    chosen,
  );
  return (
    <div ref={ref} className={classes['frontier']}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="group" aria-label="Cost against violations; every point can be chosen">
          {ticks(worst).map((share) => (
            <g key={share}>
              <line className={classes['grid']} x1={LEFT} x2={width - RIGHT} y1={y(share)} y2={y(share)} />
              <text className={classes['tick']} x={LEFT - 8} y={y(share)} textAnchor="end" dominantBaseline="middle">
                {percent(share, 2)}
              </text>
            </g>
          ))}
          {costTicks(least, most, Math.min(8, Math.floor((width - LEFT - RIGHT) / TICK_PX))).map((cost) => (
            <text key={cost} className={classes['tick']} x={x(cost)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
              {cost === 1 ? 'least' : `+${Math.round((cost - 1) * 100)} %`}
            </text>
          ))}
          <text className={classes['axis']} x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle">
            cost, against who sees the future{oracle === null ? '' : ` (${moneyWords(oracle)})`}
          </text>
          <rect
            className={classes['kept']}
            x={LEFT}
            width={Math.max(0, width - LEFT - RIGHT)}
            y={y(promise.violations)}
            height={HEIGHT - BOTTOM - y(promise.violations)}
          />
          <line
            className={classes['promise']}
            x1={LEFT}
            x2={width - RIGHT}
            y1={y(promise.violations)}
            y2={y(promise.violations)}
          />
          <text className={classes['promised']} x={width - RIGHT} y={y(promise.violations) - 5} textAnchor="end">
            promised: at most {percent(promise.violations, 2)} above {percent(promise.max_utilization, 0)}
          </text>
          {curve !== '' && <polyline className={classes['curve']} points={curve} />}
          {labels.map(({ row, x: left, y: top, labelY, toLeft }) => (
            <g
              key={row.name}
              className={classes['point']}
              data-kind={row.kind}
              data-on={row.name === chosen || undefined}
              role="button"
              tabIndex={0}
              aria-pressed={row.name === chosen}
              aria-label={`${displayName(row)}: ${percent(row.violations, 2)} badly served, ${percent(row.cost_to_oracle - 1, 0)} more than the least cost${row.cost === null ? '' : `, ${moneyWords(row.cost)}`}`}
              onClick={() => onChoose(row.name)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                onChoose(row.name);
              }}
            >
              <circle className={classes['target']} cx={left} cy={top} r={12} />
              {labelY !== null && top - labelY > LED_PX && (
                <line
                  className={classes['lead']}
                  x1={left}
                  y1={top}
                  x2={toLeft ? left - 7 : left + 7}
                  y2={labelY + 4}
                />
              )}
              <circle className={classes['dot']} cx={left} cy={top} r={row.name === chosen ? 7 : 5} />
              {labelY !== null && (
                <text
                  x={toLeft ? left - 9 : left + 9}
                  y={labelY}
                  textAnchor={toLeft ? 'end' : 'start'}
                  dominantBaseline="middle"
                >
                  {displayName(row)}
                </text>
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

function ticks(worst: number): number[] {
  return [0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    .filter((share) => share <= worst)
    .filter(
      (share, index, all) => index === 0 || Math.sqrt(share / worst) - Math.sqrt((all[index - 1] ?? 0) / worst) > 0.06,
    );
}

function costTicks(least: number, most: number, count: number): number[] {
  const step = [0.05, 0.1, 0.25, 0.5, 1, 2, 5].find((each) => (most - least) / each <= count) ?? 10;
  const from = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - from + 1 }, (_, index) =>
    Number(((from + index) * step).toFixed(2)),
  );
}

interface Point {
  readonly row: BacktestRow;
  readonly x: number;
  readonly y: number;
}

interface Placed extends Point {
  /** `null`: there is no room; the table names all points. */
  readonly labelY: number | null;
  readonly toLeft: boolean;
}

/**
 * Moves labels up until none overlap, the most important first; most points are near the bottom, with no room below.
 */
function placed(points: readonly Point[], width: number, chosen: string | null): Placed[] {
  // The points occupy space, too.
  const taken = points.map(({ x, y }) => ({ from: x - DOT_PX, to: x + DOT_PX, y }));
  const weight = ({ row }: Point): number => (row.name === chosen ? 0 : (WEIGHTS[row.kind] ?? 9));
  const found = points
    .toSorted((a, b) => weight(a) - weight(b) || b.y - a.y)
    .map((point): Placed => {
      const length = 14 + displayName(point.row).length * 6.4;
      const toLeft = point.x > width * 0.62 || point.x + length > width;
      const from = toLeft ? point.x - length : point.x + DOT_PX;
      const to = toLeft ? point.x - DOT_PX : point.x + length;
      const covers = (y: number): boolean =>
        taken.some((other) => Math.abs(other.y - y) < LABEL_PX && other.from < to && other.to > from);
      let y = Math.min(point.y, HEIGHT - BOTTOM - 8);
      while (covers(y) && point.y - y < FARTHEST_PX) y -= 3;
      if (covers(y) || from < 0) return { ...point, labelY: null, toLeft };
      taken.push({ from, to, y });
      return { ...point, labelY: y, toLeft };
    });
  // Drawing and keyboard order: from left to right.
  return found.toSorted((a, b) => a.x - b.x);
}
