import { SERVICE_BY_KEDA } from './policies.js';
import type { Row, Run } from './run.js';

const PANEL = { width: 380, height: 280 } as const;
const MARGIN = { left: 52, right: 18, top: 34, bottom: 44 } as const;
const COLUMNS = 2;
/** Most of the chart is for violations around the promise, 1 %. */
const SCALE = [0, 0.1, 1, 10, 100];
const PROMISE_PERCENT = 1;

interface Point {
  readonly label: string;
  readonly isOurs: boolean;
  /** Server-hours. */
  readonly cost: number;
  /** Slow or failed requests, percent. */
  readonly slow: number;
}

/** One panel for each trace: cost against slow or failed requests, of each policy, means over the seeds. */
export function chart(runs: readonly Run[]): string {
  const traces = [...new Set(runs.map(({ trace }) => trace))];
  const columns = Math.min(COLUMNS, traces.length);
  const [width, height] = [columns * PANEL.width, Math.ceil(traces.length / columns) * PANEL.height];
  const panels = traces.map((trace, index) => {
    const rows = runs.filter((run) => run.trace === trace).flatMap((run) => run.rows);
    const [x, y] = [(index % columns) * PANEL.width, Math.floor(index / columns) * PANEL.height];
    return `<g transform="translate(${x} ${y})">\n${panel(trace, pointsOf(rows))}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      'font-family="system-ui, sans-serif" font-size="11" fill="#333">',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

export function pointsOf(rows: readonly Row[]): readonly Point[] {
  const policies = new Map(rows.map(({ policy, target }) => [policy, target]));
  return [...policies]
    .toSorted(([, a], [, b]) => (a ?? 0) - (b ?? 0))
    .map(([policy, target]) => {
      const same = rows.filter((row) => row.policy === policy);
      const mean = (pick: (row: Row) => number): number => same.reduce((sum, row) => sum + pick(row), 0) / same.length;
      return {
        label: target === null ? ownLabel(policy) : `${target} %`,
        isOurs: target === null,
        cost: mean(({ score }) => score.cost),
        slow: 100 * mean(({ score }) => score.violation),
      };
    });
}

function ownLabel(policy: string): string {
  return policy === SERVICE_BY_KEDA ? 'KEDA' : 'service level';
}

function panel(title: string, points: readonly Point[]): string {
  const most = Math.max(...points.map(({ cost }) => cost)) * 1.08;
  const least = Math.min(...points.map(({ cost }) => cost)) * 0.92;
  const [right, bottom] = [PANEL.width - MARGIN.right, PANEL.height - MARGIN.bottom];
  const x = (cost: number): number => round(MARGIN.left + ((cost - least) / (most - least)) * (right - MARGIN.left));
  const y = (slow: number): number => round(bottom - shareOfScale(slow) * (bottom - MARGIN.top));
  const hpas = points.filter(({ isOurs }) => !isOurs);
  return [
    `<text x="${MARGIN.left}" y="18" font-size="13" font-weight="600">${title}</text>`,
    ...SCALE.map(
      (tick) =>
        `<line x1="${MARGIN.left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" stroke="${tick === PROMISE_PERCENT ? '#c00' : '#ddd'}"/>` +
        `<text x="${MARGIN.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick} %</text>`,
    ),
    `<polyline fill="none" stroke="#7a8794" points="${hpas.map(({ cost, slow }) => `${x(cost)},${y(slow)}`).join(' ')}"/>`,
    ...points.map(
      ({ label, isOurs, cost, slow }) =>
        `<circle cx="${x(cost)}" cy="${y(slow)}" r="${isOurs ? 6 : 4}" fill="${isOurs ? '#0a7d4f' : '#7a8794'}"/>` +
        `<text x="${x(cost)}" y="${y(slow) - 9}" text-anchor="middle"${isOurs ? ' fill="#0a7d4f" font-weight="600"' : ''}>${label}</text>`,
    ),
    `<text x="${(MARGIN.left + right) / 2}" y="${bottom + 32}" text-anchor="middle">server-hours; slow or failed requests upward, promised 1 %</text>`,
    ...[least, (least + most) / 2, most].map(
      (cost) => `<text x="${x(cost)}" y="${bottom + 16}" text-anchor="middle">${cost.toFixed(0)}</text>`,
    ),
  ].join('\n');
}

/** The steps of `SCALE` are equally high, straight lines in between. */
export function shareOfScale(percent: number): number {
  const above = SCALE.findIndex((tick) => percent <= tick);
  if (above <= 0) return above === 0 ? 0 : 1;
  const [from, to] = [SCALE[above - 1]!, SCALE[above]!];
  return (above - 1 + (percent - from) / (to - from)) / (SCALE.length - 1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
