import uPlot from 'uplot';
import { inZones, timeZone } from '../layout/time-zone';
import type { Colors } from './colors';

/** Width of the axis labels, equal in all panels, so that their times align. */
export const LEFT_PX = 46;
export const RIGHT_PX = 14;

const DAY_SECONDS = 86_400;
const CLOCK = inZones({ hour: '2-digit', minute: '2-digit' });
const SECONDS = inZones({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = inZones({ day: 'numeric', month: 'short' });

/** Days and hours of a time axis begin where they do in the chosen time zone. */
export function dateOf(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return timeZone() === 'utc' ? uPlot.tzDate(date, 'UTC') : date;
}

const [MINUTE, HOUR, DAY] = [60, 3600, DAY_SECONDS];
/**
 * Steps of a time axis, in seconds. The library's own steps jump from one minute to five, which leaves a phone with one
 * label.
 */
const TIME_STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * HOUR),
  ...[1, 2, 3, 4, 5, 7, 10, 15, 30, 60, 90, 180, 365].map((days) => days * DAY),
];
const NARROW_PX = 500;

/** Width of a label on a time axis: wider with seconds or a date. */
function labelSpace(_chart: uPlot, _axis: number, _from: number, _to: number, px: number): number {
  return px < NARROW_PX ? 58 : 80;
}

/** Half of the widest label, `00:00:00`, pixels. */
const HALF_LABEL_PX = 26;

/** Leaves out the labels at the ends of a time axis that the canvas or the lowest value would cut; `null` has no label. */
function withRoom(chart: uPlot, splits: number[]): (number | null)[] {
  return splits.map((seconds) => {
    const x = LEFT_PX + chart.valToPos(seconds, 'x');
    return x < LEFT_PX + HALF_LABEL_PX || x > chart.width - HALF_LABEL_PX ? null : seconds;
  });
}

function timeLabels(
  _chart: uPlot,
  splits: (number | null)[],
  _axis: number,
  _space: number,
  step: number,
): (string | null)[] {
  return splits.map((seconds) => {
    if (seconds === null) return null;
    const date = new Date(seconds * 1000);
    if (step >= DAY_SECONDS || SECONDS(date) === '00:00:00') return DATE(date);
    return step < 60 ? SECONDS(date) : CLOCK(date);
  });
}

export function axes(colors: Colors, { times, unit = '' }: { times: boolean; unit?: string }): uPlot.Axis[] {
  const font = '11px system-ui, sans-serif';
  const lines = { stroke: colors.grid, width: 1 };
  return [
    {
      stroke: colors.axis,
      font,
      grid: lines,
      ticks: { show: false },
      space: labelSpace,
      incrs: TIME_STEPS,
      size: times ? 26 : 6,
      filter: withRoom,
      values: times ? timeLabels : () => [],
    },
    {
      stroke: colors.axis,
      font,
      grid: lines,
      ticks: { show: false },
      size: LEFT_PX,
      space: 28,
      values: (_chart, splits) => splits.map((value) => `${Number(value.toFixed(2))}${unit === '' ? '' : ` ${unit}`}`),
    },
  ];
}

/** From zero, with some headroom, and never flat. */
export function fromZero(most: () => number | null): uPlot.Scale.Range {
  return (_chart, _min, max) => [0, Math.max(1, (Number.isFinite(max) ? max : 0) * 1.08, (most() ?? 0) * 1.08)];
}

export function line(label: string, stroke: string, more: Partial<uPlot.Series> = {}): uPlot.Series {
  return { label, stroke, width: 1.75, points: { show: false }, ...more };
}

const steppedPaths = uPlot.paths.stepped?.({ align: 1 });

/** A count changes in steps. */
export function stepped(label: string, stroke: string, more: Partial<uPlot.Series> = {}): uPlot.Series {
  return line(label, stroke, { ...(steppedPaths === undefined ? {} : { paths: steppedPaths }), ...more });
}

const PAST_SHADE = 0.07;

/** Shades what was simulated, with a word where there is room for it. @param until seconds since the epoch; `null`: nothing */
export function simulatedPast(colors: Colors, until: () => number | null): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (chart) => {
        const { ctx, bbox } = chart;
        const end = until();
        if (end === null) return;
        const width = Math.min(bbox.width, chart.valToPos(end, 'x', true) - bbox.left);
        if (!(width > 0)) return;
        const ratio = devicePixelRatio;
        ctx.save();
        ctx.globalAlpha = PAST_SHADE;
        ctx.fillStyle = colors.axis;
        ctx.fillRect(bbox.left, bbox.top, width, bbox.height);
        ctx.globalAlpha = 1;
        ctx.font = `${11 * ratio}px system-ui, sans-serif`;
        ctx.textAlign = 'right';
        ctx.textBaseline = 'bottom';
        const right = bbox.left + width - 6 * ratio;
        if (ctx.measureText(SIMULATED).width + 12 * ratio < width)
          ctx.fillText(SIMULATED, right, bbox.top + bbox.height - 4 * ratio);
        ctx.restore();
      },
    },
  };
}

const SIMULATED = 'simulated';

export interface Level {
  readonly value: number;
  readonly color: string;
  readonly dashed: boolean;
  readonly label: string;
}

const LABEL_PX = 14;

/** Horizontal lines with labels; a label beside one at nearly the same height is to the right of it. */
export function levels(colors: Colors, read: () => readonly Level[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (chart) => {
        const { bbox } = chart;
        const ratio = devicePixelRatio;
        let last = { y: Number.NEGATIVE_INFINITY, right: 0 };
        for (const level of read().toSorted((a, b) => b.value - a.value)) {
          const y = Math.round(chart.valToPos(level.value, 'y', true));
          if (y < bbox.top || y > bbox.top + bbox.height) continue;
          const isClose = y - last.y < LABEL_PX * ratio;
          const left = isClose ? last.right + 12 * ratio : bbox.left + 6 * ratio;
          const width = drawLevel(chart, colors, level, y, left);
          if (level.label !== '') last = { y, right: left + width };
        }
      },
    },
  };
}

/** @returns the width of the label; one that does not fit is left out */
function drawLevel(chart: uPlot, colors: Colors, { color, dashed, label }: Level, y: number, left: number): number {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = ratio;
  if (dashed) ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.fillStyle = color;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  const above = y - bbox.top > 16 * ratio;
  ctx.textBaseline = above ? 'bottom' : 'top';
  // An earlier drawing may have set dashes.
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = colors.surface;
  const { width } = ctx.measureText(label);
  if (left + width <= bbox.left + bbox.width) {
    ctx.strokeText(label, left, y + (above ? -2 : 3) * ratio);
    ctx.fillText(label, left, y + (above ? -2 : 3) * ratio);
  }
  ctx.restore();
  return width;
}
