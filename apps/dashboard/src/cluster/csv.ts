import type { ChartData } from '../chart/series';
import { hpaName } from './hpa';
import { type TimeZone, timestampIn, zoneId } from '../layout/time-zone';

type Cell = number | null | undefined;

/**
 * What a chart shows, as CSV (RFC 4180): one line for each point of the range, then the forecast of the times to come.
 * Values are not rounded; unknown ones are empty. A simulated past is left out.
 *
 * @param range milliseconds since the epoch
 */
export function csvOf(data: ChartData, [from, to]: readonly [number, number], zone: TimeZone): string {
  const { observed: o, forecasts: f, theirsBy, hpaTarget, simulatedUntil } = data;
  const hasTrial = o.trial.some((count) => count !== null);
  const hasHpa = o.hpa.some((count) => count !== null);
  const header = [
    `time (${zoneId(zone)})`,
    'demand (servers)',
    'highest demand (servers)',
    'mean CPU (%)',
    'highest CPU of a server (%)',
    'active (servers)',
    'provisioning (servers)',
    'draining (servers)',
    'desired (servers)',
    ...(theirsBy === null ? [] : [`wanted by ${theirsBy} (servers)`]),
    ...(hasTrial ? ['wanted by the policy on trial (servers)'] : []),
    ...(hasHpa ? [`${hpaName(hpaTarget)} would have run (servers)`] : []),
    'forecast for this time: median (servers)',
    'forecast for this time: 99 % quantile (servers)',
    'planned for (servers)',
  ];
  const lines = [header.map(quoted).join(',')];
  const add = (x: number, cells: readonly Cell[]): void => {
    if (x * 1000 < from || x * 1000 > to || x < (simulatedUntil ?? 0)) return;
    const time = timestampIn(x * 1000, zone);
    lines.push([time, ...cells.map((cell) => (cell === null || cell === undefined ? '' : String(cell)))].join(','));
  };
  const forecastAt = (index: number): readonly Cell[] => [f.p50[index], f.p99[index], f.upper[index]];
  let next = 0;
  o.x.forEach((x, index) => {
    while ((f.x[next] ?? Number.POSITIVE_INFINITY) <= x) next += 1;
    // The empty row that draws a gap is no observation.
    if (o.active[index] === null) return;
    add(x, [
      o.demand[index],
      o.demandMax[index],
      o.cpu[index],
      o.cpuMax[index],
      o.active[index],
      o.provisioning[index],
      o.draining[index],
      o.desired[index],
      ...(theirsBy === null ? [] : [o.theirs[index]]),
      ...(hasTrial ? [o.trial[index]] : []),
      ...(hasHpa ? [o.hpa[index]] : []),
      ...forecastAt(next - 1),
    ]);
  });
  const unknown = Array<null>(header.length - 4).fill(null);
  const last = o.x.at(-1) ?? Number.POSITIVE_INFINITY;
  f.x.forEach((x, index) => {
    if (x > last) add(x, [...unknown, ...forecastAt(index)]);
  });
  return `${lines.join('\r\n')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Saves a text as a file of the user. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
