import uPlot from 'uplot';
import { type Colors, readColors } from './colors';
import { axes, dateOf, fromZero, levels, line, RIGHT_PX, simulatedPast, stepped } from './parts';
import { type ChartData, nearest, nothingObserved } from './series';

export interface Limits {
  readonly min: number;
  readonly max: number;
  /** Targets and thresholds of utilization, percent. */
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly value: number;
  readonly kind: 'promise' | 'target' | 'threshold';
  readonly label: string;
}

export interface TimelineChartEvents {
  /** A time range was selected (milliseconds since the epoch). */
  readonly onSelect: (from: number, to: number) => void;
  /** The pointer is at this observation; `null`: elsewhere. */
  readonly onMoment: (index: number | null) => void;
}

const PANELS = ['servers', 'load'] as const;
const NOTHING: ChartData = {
  observed: nothingObserved(),
  forecasts: { x: [], p50: [], p99: [], upper: [] },
  until: null,
  theirsBy: null,
  hpaTarget: 0,
  simulatedUntil: null,
};
/** `NULL_EXPAND` of uPlot: a gap of one table is not closed by the times of the other. */
const EXPAND = 2;
const GAPS_STAY = Array.from({ length: 2 }, () => Array.from({ length: 10 }, () => EXPAND as uPlot.JoinNullMode));
let charts = 0;

/**
 * Two canvases with a common time axis: demand and servers, and utilization. Imperative, because it is redrawn every
 * tick.
 */
export class TimelineChart {
  private readonly plots: uPlot[];
  private readonly observer: ResizeObserver;
  private readonly colors: Colors;
  private data: ChartData = NOTHING;
  private limits: Limits = { min: 0, max: 0, rules: [] };
  private range: readonly [number, number] = [0, 1];
  private pointed: number | null = null;

  constructor(
    private readonly hosts: readonly HTMLElement[],
    private readonly events: TimelineChartEvents,
  ) {
    this.colors = readColors();
    const key = `timeline-${(charts += 1)}`;
    this.plots = [this.serversPanel(key), this.loadPanel(key)];
    this.observer = new ResizeObserver(() => this.resize());
    for (const host of hosts) this.observer.observe(host);
  }

  destroy(): void {
    this.observer.disconnect();
    for (const plot of this.plots) plot.destroy();
  }

  /**
   * @param range visible range, in milliseconds since the epoch
   * @param pointed observation to mark as if pointed at; `null`: follow the pointer
   */
  show(data: ChartData, limits: Limits, range: readonly [number, number], pointed: number | null = null): void {
    this.data = data;
    this.limits = limits;
    this.range = [range[0] / 1000, range[1] / 1000];
    const { observed: o, forecasts: f } = data;
    const [servers, load] = this.plots;
    const starting = o.active.map((active, index) => sum(active, o.provisioning[index]));
    const all = starting.map((count, index) => sum(count, o.draining[index]));
    const withForecasts = uPlot.join(
      [
        [o.x, all, starting, o.active, o.demandMax, o.demand, o.desired, o.theirs, o.trial, o.hpa],
        [f.x, f.p50, f.p99, f.upper],
      ],
      GAPS_STAY,
    );
    this.set(servers, withForecasts);
    this.set(load, [o.x, o.cpuMax, o.cpu]);
    if (pointed !== null || this.pointed !== null) this.point(o.x[pointed ?? -1]);
    this.pointed = pointed;
  }

  private point(x: number | undefined): void {
    for (const plot of this.plots) {
      const place = x === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(x, 'x'), top: 0 };
      plot.setCursor(place, false);
    }
  }

  /** The time at a horizontal position on the page, in milliseconds since the epoch. */
  timeAt(clientX: number): number | null {
    const [plot] = this.plots;
    if (plot === undefined) return null;
    return plot.posToVal(clientX - plot.over.getBoundingClientRect().left, 'x') * 1000;
  }

  private set(plot: uPlot | undefined, data: uPlot.AlignedData): void {
    if (plot === undefined) return;
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale('x', { min: this.range[0], max: this.range[1] });
    });
  }

  private resize(): void {
    this.plots.forEach((plot, index) => {
      const host = this.hosts[index];
      if (host !== undefined && host.clientWidth > 0)
        plot.setSize({ width: host.clientWidth, height: host.clientHeight });
    });
  }

  private make(index: number, key: string, own: Omit<uPlot.Options, 'width' | 'height'>): uPlot {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`the panel ${PANELS[index] ?? index} has no place`);
    return new uPlot(
      {
        width: Math.max(50, host.clientWidth),
        height: Math.max(50, host.clientHeight),
        legend: { show: false },
        padding: [8, RIGHT_PX, 0, 0],
        tzDate: dateOf,
        cursor: {
          y: false,
          points: { size: 7 },
          drag: { x: true, y: false, setScale: false, dist: 6 },
          sync: { key, setSeries: false },
        },
        hooks: {
          setSelect: [(plot) => this.selected(plot)],
          setCursor: [(plot) => this.moved(plot)],
        },
        ...own,
      },
      [[]],
      host,
    );
  }

  private selected(plot: uPlot): void {
    // The cursor is synchronized between panels; only the panel under the pointer reports.
    if (!(plot.cursor.event instanceof Event)) return;
    const { left, width } = plot.select;
    if (width < 6) return;
    const from = plot.posToVal(left, 'x');
    const to = plot.posToVal(left + width, 'x');
    for (const each of this.plots) each.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.events.onSelect(from * 1000, to * 1000);
  }

  private moved(plot: uPlot): void {
    const { left } = plot.cursor;
    if (left === undefined || left === null || left < 0) {
      this.events.onMoment(null);
      return;
    }
    const index = nearest(this.data.observed.x, plot.posToVal(left, 'x'));
    this.events.onMoment(index < 0 ? null : index);
  }

  private serversPanel(key: string): uPlot {
    const { colors } = this;
    return this.make(0, key, {
      scales: { x: { time: true, auto: false }, y: { range: fromZero(() => this.limits.min) } },
      axes: axes(colors, { times: false }),
      series: [
        {},
        stepped('draining', colors.draining, { width: 1 }),
        stepped('provisioning', colors.provisioning, { width: 1 }),
        stepped('active', colors.active, { fill: colors['active-soft'], width: 1.5 }),
        line('highest demand', colors['demand-soft'], { width: 1 }),
        line('demand', colors.demand, { width: 2 }),
        stepped('desired', colors.desired, { width: 1.25, dash: [3, 3] }),
        stepped('another autoscaler', colors.theirs, { width: 1.75 }),
        stepped('on trial', colors.trial, { width: 1.75, dash: [6, 3] }),
        stepped('HPA', colors.hpa, { width: 1, dash: [2, 2] }),
        line('median', 'transparent', { width: 0 }),
        line('99 % quantile', 'transparent', { width: 0 }),
        line('planned for', colors.forecast, { width: 1.25, dash: [4, 3] }),
      ],
      bands: [
        { series: [1, 2], fill: colors['draining-soft'] },
        { series: [2, 3], fill: colors['provisioning-soft'] },
        { series: [11, 10], fill: colors['forecast-soft'] },
      ],
      plugins: [
        simulatedPast(colors, () => this.data.simulatedUntil),
        levels(colors, () => [
          { value: this.limits.max, color: colors.axis, dashed: true, label: `at most ${this.limits.max}` },
          { value: this.limits.min, color: colors.axis, dashed: true, label: `at least ${this.limits.min}` },
        ]),
        { hooks: { draw: (plot) => this.drawNow(plot) } },
      ],
    });
  }

  private loadPanel(key: string): uPlot {
    const { colors } = this;
    const colorOf = { promise: colors.limit, target: colors.axis, threshold: colors.axis } as const;
    return this.make(1, key, {
      scales: { x: { time: true, auto: false }, y: { range: () => [0, 105] } },
      axes: axes(colors, { times: true, unit: '%' }),
      series: [{}, line('highest of any server', colors['load-soft'], { width: 1 }), line('mean', colors.load)],
      plugins: [
        simulatedPast(colors, () => this.data.simulatedUntil),
        levels(colors, () =>
          this.limits.rules.map(({ value, kind, label }) => ({ value, color: colorOf[kind], dashed: true, label })),
        ),
      ],
    });
  }

  /** A line between what was observed and the forecast ahead. */
  private drawNow(plot: uPlot): void {
    const now = this.data.observed.x.at(-1);
    if (now === undefined || this.data.until === null || now < this.range[0] || now > this.range[1]) return;
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(now, 'x', true));
    ctx.save();
    ctx.strokeStyle = this.colors.axis;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

function sum(a: number | null | undefined, b: number | null | undefined): number | null {
  return a === null || a === undefined ? null : a + (b ?? 0);
}
