import { useElementSize } from '@mantine/hooks';
import type { Schema } from '../api/client';
import { moneyWords } from '../layout/money';
import { number, percent } from '../layout/words';
import { placed } from './frontier-labels';
import classes from './frontier.module.css';
import type { BacktestRow } from './queries';
import { costWords, displayName, verdictWords } from './rows';

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
const TICK_PX = 58;
/** Size of the names of points and of the promise, as in the style sheet. */
const FONT_PX = 11.5;
/** From this multiple of the least cost on, multiples say more than percents. */
const LARGE = 11;
const WEIGHTS: Readonly<Record<string, number>> = { policy: 1, oracle: 2, frontier: 3, baseline: 4, hindsight: 5 };

/** Half the width of the bar of a point's own promise. */
const BAR_PX = 8;

/**
 * Cost to the right, violations upwards: the best are at the lower left. The curve is the service level at different
 * promises; points are everything else. A point with a promise
 * of its own has a bar at it. Violations use a square root scale, because most of what matters is near zero.
 */
export function Frontier({ rows, promise, chosen, onChoose }: FrontierProps) {
  const { ref, width } = useElementSize();
  const costs = rows.map(({ cost_to_oracle: cost }) => cost);
  const oracle = rows.find(({ kind }) => kind === 'oracle')?.cost ?? null;
  const least = Math.min(...costs, 1);
  const most = Math.max(...costs) * 1.04;
  const shares = rows.flatMap(({ violations, promised = 0 }) => [violations, promised]);
  const worst = Math.max(...shares, promise.violations) * 1.1;
  const x = (cost: number): number => LEFT + ((cost - least) / Math.max(0.01, most - least)) * (width - LEFT - RIGHT);
  const y = (share: number): number => HEIGHT - BOTTOM - Math.sqrt(share / worst) * (HEIGHT - TOP - BOTTOM);
  const curve = rows
    .filter(({ kind }) => kind === 'frontier')
    .sort((a, b) => a.cost_to_oracle - b.cost_to_oracle)
    .map((row) => `${x(row.cost_to_oracle)},${y(row.violations)}`)
    .join(' ');
  const promised = promiseWords(promise, width - LEFT - RIGHT);
  const line = y(promise.violations);
  const promisedTop = line - 5;
  const points = rows
    .map((row) => ({
      row,
      x: x(row.cost_to_oracle),
      y: y(row.violations),
      label: displayName(row),
      weight: row.name === chosen ? 0 : (WEIGHTS[row.kind] ?? 9),
    }))
    // The order of the keyboard: from left to right.
    .toSorted((a, b) => a.x - b.x);
  const labels = placed(points, {
    area: { left: LEFT, right: width, top: 0, bottom: HEIGHT - BOTTOM },
    taken: [
      { left: LEFT, right: width - RIGHT, top: line - 1, bottom: line + 1 },
      {
        left: width - RIGHT - widthOf(promised),
        right: width - RIGHT,
        top: promisedTop - FONT_PX,
        bottom: promisedTop,
      },
    ],
    widthOf,
  });
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
              {cost === 1
                ? 'least'
                : cost < LARGE
                  ? `${cost < 1 ? '' : '+'}${percent(cost - 1, 0)}`
                  : `${number(cost)} ×`}
            </text>
          ))}
          <text className={classes['axis']} x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle">
            {axisWords(oracle, width)}
          </text>
          <rect
            className={classes['kept']}
            x={LEFT}
            width={Math.max(0, width - LEFT - RIGHT)}
            y={line}
            height={HEIGHT - BOTTOM - line}
          />
          <line className={classes['promise']} x1={LEFT} x2={width - RIGHT} y1={line} y2={line} />
          <text className={classes['promised']} x={width - RIGHT} y={promisedTop} textAnchor="end">
            {promised}
          </text>
          {curve !== '' && <polyline className={classes['curve']} points={curve} />}
          {points.map(({ row, x: left, y: top, label: name }, index) => {
            const label = labels[index] ?? null;
            const lead = label?.lead ?? null;
            const words = pointWords(row, promise);
            const own = row.promised === undefined ? null : y(row.promised);
            return (
              <g
                key={row.name}
                className={classes['point']}
                data-kind={row.kind}
                data-on={row.name === chosen || undefined}
                role="button"
                tabIndex={0}
                aria-pressed={row.name === chosen}
                aria-label={words}
                onClick={() => onChoose(row.name)}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' && event.key !== ' ') return;
                  event.preventDefault();
                  onChoose(row.name);
                }}
              >
                <title>{words}</title>
                {own !== null && (
                  <g className={classes['own']} data-own={row.promised}>
                    {row.name === chosen && <line x1={left} x2={left} y1={top} y2={own} />}
                    <line className={classes['bar']} x1={left - BAR_PX} x2={left + BAR_PX} y1={own} y2={own} />
                  </g>
                )}
                <circle className={classes['target']} cx={left} cy={top} r={12} />
                {lead !== null && (
                  <line className={classes['lead']} x1={lead[0]} y1={lead[1]} x2={lead[2]} y2={lead[3]} />
                )}
                <circle className={classes['dot']} cx={left} cy={top} r={row.name === chosen ? 7 : 5} />
                {label !== null && (
                  <text
                    x={label.toLeft ? label.box.right : label.box.left}
                    y={label.y}
                    textAnchor={label.toLeft ? 'end' : 'start'}
                    dominantBaseline="middle"
                  >
                    {name}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

let measuring: CanvasRenderingContext2D | null = null;

/** Width of a name in its boldest form, pixels. */
function widthOf(text: string): number {
  measuring ??= document.createElement('canvas').getContext('2d');
  if (measuring === null) return text.length * FONT_PX;
  measuring.font = `700 ${FONT_PX}px ${getComputedStyle(document.body).fontFamily}`;
  return measuring.measureText(text).width;
}

/** What is promised, in full where there is room. */
function promiseWords({ violations, max_utilization: most }: Schema['BacktestPromiseDto'], room: number): string {
  const full = `promised: at most ${percent(violations, 2)} above ${percent(most, 0)}`;
  return widthOf(full) <= room ? full : `promised: ${percent(violations, 2)}`;
}

/** The name of the axis of costs, with the least cost where there is room. */
function axisWords(least: Schema['MoneyDto'] | null, width: number): string {
  const short = 'cost, against who sees the future';
  const full = `${short} (${moneyWords(least)})`;
  return least !== null && widthOf(full) <= width - LEFT - RIGHT ? full : short;
}

function pointWords(row: BacktestRow, promise: Schema['BacktestPromiseDto']): string {
  const cost = row.cost === null ? '' : `, ${moneyWords(row.cost)}`;
  const slow = `${percent(row.violations, 2)} slow or failed, ${verdictWords(row, promise)}`;
  return `${displayName(row)}: ${slow}, costs ${costWords(row.cost_to_oracle)}${cost}`;
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
