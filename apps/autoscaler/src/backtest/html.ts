import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BacktestReport } from '#world';
import type { LoadedDemand } from './demand.js';

/** The report as a single self-contained page: frontier, runs, and table. */
export async function reportHtml({ name, remarks, cluster }: LoadedDemand, report: BacktestReport): Promise<string> {
  const charts = join(dirname(createRequire(import.meta.url).resolve('uplot')), '');
  const [script, style] = await Promise.all([
    readFile(join(charts, 'uPlot.iife.min.js'), 'utf8'),
    readFile(join(charts, 'uPlot.min.css'), 'utf8'),
  ]);
  // Escaped, so that a name can close neither the script nor an element.
  const data = JSON.stringify({ name, remarks, report, price: cluster?.cost ?? null }).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Backtest of ${escape(name)}</title>
<style>${style}
${STYLE}</style>
<main></main>
<script type="application/json" id="data">${data}</script>
<script>${LANGUAGE}</script>
<script>${script}</script>
<script>${DRAW}</script>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2330; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .9rem .25rem 0; text-align: right; border-bottom: 1px solid #dde2ea }
th:first-child, td:first-child { text-align: left }
.policy td:first-child { font-weight: 600 }
.note { color: #566072 }
svg { max-width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #1c2330 } svg .promise { fill: #b91c1c }`;

/** The charts cannot be loaded where the browser's language is no language tag, such as `en-US@posix`. */
const LANGUAGE = `
try { Intl.getCanonicalLocales(navigator.language) }
catch { Object.defineProperty(navigator, 'language', { value: 'en-US' }) }
`;

/** Runs in the page. */
const DRAW = String.raw`
const { name, remarks, report, price } = JSON.parse(document.getElementById('data').textContent);
const main = document.querySelector('main');
const add = (parent, tag, text, className) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  parent.append(node);
  return node;
};
const percent = (share) => (100 * share).toFixed(2) + ' %';
add(main, 'h1', 'Backtest of ' + name);
add(main, 'p', (report.ticks * report.tickSeconds / 86400).toFixed(1) + ' days; promised: at most ' +
  percent(report.promise.violations) + ' of requests above ' + percent(report.promise.maxUtilization) + ' utilization.', 'note');
for (const remark of remarks) add(main, 'p', remark, 'note');

add(main, 'h2', 'Cost against violation');
if (report.rows.some(({ promised }) => promised !== undefined))
  add(main, 'p', 'The dashed line is the promise of the backtest. A point with a bar is judged by its bar, the share that it promises itself.', 'note');
drawFrontier(add(main, 'div'));
for (const row of report.rows) {
  if (!row.timeline) continue;
  add(main, 'h2', row.name);
  add(main, 'p', 'Each point is the worst of ' + Math.ceil(report.ticks / row.timeline.length) + ' ticks; times are UTC. Drag to zoom in, double-click to zoom out.', 'note');
  drawRun(add(main, 'div'), row.timeline);
}
add(main, 'h2', 'Figures');
const table = add(main, 'table');
const head = add(add(table, 'thead'), 'tr');
for (const title of ['', 'violated', 'kept', 'server-hours', ...(price === null ? [] : [price.currency]), '/ oracle', 'actions a day', 'dropped']) add(head, 'th', title);
const body = add(table, 'tbody');
for (const { name, kind, score, costToOracle, kept, promised } of report.rows) {
  const line = add(body, 'tr', undefined, kind);
  const answer = (kept ? 'yes' : 'no') + (promised === undefined ? '' : ', ' + percent(promised) + ' promised');
  for (const cell of [name, percent(score.violation), answer, score.cost.toFixed(1),
    ...(price === null ? [] : [(price.perServerHour * score.cost).toFixed(2)]), costToOracle.toFixed(3),
    score.actionsPerDay.toFixed(1), percent(score.dropped)]) add(line, 'td', cell);
}

function drawRun(target, points) {
  const hours = points.map(({ at }) => at / 1000);
  new uPlot({
    width: Math.min(1120, target.clientWidth || 1120), height: 260, legend: { live: true },
    // Of what is planned for, single peaks may be many times as high as all else.
    scales: { y: { range: () => [0, 1.1 * points.reduce((most, p) => Math.max(most, p.demand, p.active), 1)] } },
    tzDate: (seconds) => uPlot.tzDate(new Date(1000 * seconds), 'Etc/UTC'),
    series: [{},
      { label: 'demand (highest)', stroke: '#2563eb', width: 1 },
      { label: 'active (fewest)', stroke: '#15803d', width: 1.5 },
      { label: 'planned for', stroke: '#9333ea', width: 1, dash: [4, 4], spanGaps: true },
      { label: 'slow or failed', stroke: '#dc2626', paths: () => null, points: { show: true, size: 5, fill: '#dc2626' } }],
    axes: [{}, { label: 'servers' }],
  }, [hours, points.map((p) => p.demand), points.map((p) => p.active), points.map((p) => p.upper),
    points.map((p) => (p.bad ? p.demand : null))], target);
}

function drawFrontier(target) {
  const [width, height, left, bottom] = [760, 380, 60, 50];
  const rows = report.rows.filter(({ kind }) => kind !== 'oracle');
  const least = 1e-4;
  const labels = [];
  const x = (violation) => left + (Math.log10(Math.max(violation, least)) + 4) / 4 * (width - left - 160);
  const most = Math.max(...rows.map(({ costToOracle }) => costToOracle)) * 1.05;
  const y = (cost) => height - bottom - (cost - 1) / (most - 1 || 1) * (height - bottom - 20);
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
  svg.setAttribute('width', width);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', 'Cost against violation of every policy; the table below has the figures');
  const put = (tag, attributes, text) => {
    const node = document.createElementNS(space, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    svg.append(node);
  };
  for (const share of [1e-4, 1e-3, 1e-2, 1e-1, 1]) {
    put('line', { x1: x(share), x2: x(share), y1: 20, y2: height - bottom, stroke: '#dde2ea' });
    put('text', { x: x(share), y: height - bottom + 18, 'text-anchor': 'middle' }, share === least ? '≤ 0.01 %' : 100 * share + ' %');
  }
  for (let step = 0; step <= 4; step++) {
    const cost = 1 + (most - 1) * step / 4;
    put('text', { x: left - 8, y: y(cost) + 4, 'text-anchor': 'end' }, cost.toFixed(2));
  }
  const promised = x(report.promise.violations);
  put('line', { x1: promised, x2: promised, y1: 20, y2: height - bottom, stroke: '#dc2626', 'stroke-dasharray': '4 4' });
  put('text', { x: promised, y: 14, 'text-anchor': 'middle', class: 'promise' }, 'promised: ' + percent(report.promise.violations));
  put('text', { x: (width - 100) / 2, y: height - 8, 'text-anchor': 'middle' }, 'slow or failed requests (logarithmic)');
  put('text', { x: 4, y: 12 }, 'cost / oracle');
  const curve = rows.filter(({ kind }) => kind === 'frontier').sort((a, b) => a.promised - b.promised);
  put('polyline', { points: curve.map((r) => x(r.score.violation) + ',' + y(r.costToOracle)).join(' '), fill: 'none', stroke: '#2563eb' });
  for (const { name, kind, score, costToOracle, promised: own } of rows) {
    if (own !== undefined) {
      put('line', { x1: x(score.violation), x2: x(own), y1: y(costToOracle), y2: y(costToOracle), stroke: '#dc2626', 'stroke-width': .75 });
      put('line', { x1: x(own), x2: x(own), y1: y(costToOracle) - 6, y2: y(costToOracle) + 6, stroke: '#dc2626', 'stroke-width': 2, class: 'own' });
    }
    const at = { cx: x(score.violation), cy: y(costToOracle), r: kind === 'policy' ? 6 : 4 };
    put('circle', { ...at, fill: kind === 'policy' || kind === 'frontier' ? '#2563eb' : '#566072' });
    label(at.cx, at.cy, name);
  }

  // The nearest height at which a label covers no other.
  function label(cx, cy, name) {
    const wide = 9 + 6.8 * name.length;
    const free = (top) => top < height - bottom - 4 && labels.every((other) => Math.abs(other.top - top) >= 13 || other.left >= cx + wide || other.left + other.wide <= cx);
    const shift = Array.from({ length: 40 }, (_, n) => (n % 2 ? -1 : 1) * 7 * Math.ceil(n / 2)).find((way) => free(cy + way)) ?? 0;
    labels.push({ left: cx, wide, top: cy + shift });
    if (Math.abs(shift) > 7) put('line', { x1: cx, y1: cy, x2: cx + 8, y2: cy + shift, stroke: '#aab2c0' });
    put('text', { x: cx + 9, y: cy + shift + 4 }, name);
  }
  target.append(svg);
}
`;
