import uPlot from 'uplot';
import { type Colors, readColors } from './colors';
import { axes, fromZero, LEFT_PX, levels, line, RIGHT_PX, stepped } from './parts';
import { type ChartData, nearest, nothingObserved } from './series';

export interface Limits {
  readonly min: number;
  readonly max: number;
  /** The promised maximum utilization, percent; `null`: none. */
  readonly utilization: number | null;
}

export interface TimelineChartEvents {
  /** A time range was selected (milliseconds since the epoch). */
  readonly onSelect: (from: number, to: number) => void;
  /** The pointer is at this observation; `null`: elsewhere. */
  readonly onMoment: (index: number | null) => void;
}

const PANELS = [
  { name: 'demand', share: 0.42 },
  { name: 'load', share: 0.27 },
  { name: 'servers', share: 0.31 },
] as const;
const NOTHING: ChartData = {
  observed: nothingObserved(),
  forecasts: { x: [], p50: [], p99: [], upper: [] },
  ahead: null,
  theirsBy: null,
};
/** `NULL_EXPAND` of uPlot: a gap of one table is not closed by the times of the other. */
const EXPAND = 2;
const GAPS_STAY = Array.from({ length: 2 }, () => Array.from({ length: 4 }, () => EXPAND as uPlot.JoinNullMode));
let charts = 0;

/**
 * Three canvases with a common time axis: demand and capacity, utilization, servers. Imperative, because it is redrawn
 * every tick.
 */
export class TimelineChart {
  private readonly plots: uPlot[];
  private readonly observer: ResizeObserver;
  private readonly colors: Colors;
  private data: ChartData = NOTHING;
  private limits: Limits = { min: 0, max: 0, utilization: null };
  private range: readonly [number, number] = [0, 1];
  private pointed: number | null = null;

  constructor(
    private readonly hosts: readonly HTMLElement[],
    private readonly events: TimelineChartEvents,
  ) {
    this.colors = readColors();
    const key = `timeline-${(charts += 1)}`;
    this.plots = [this.demandPanel(key), this.loadPanel(key), this.serversPanel(key)];
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
    const [demand, load, servers] = this.plots;
    const withForecasts = uPlot.join(
      [
        [o.x, o.active, o.demandMax, o.demand],
        [f.x, f.p50, f.p99, f.upper],
      ],
      GAPS_STAY,
    );
    this.set(demand, withForecasts);
    this.set(load, [o.x, o.cpuMax, o.cpu]);
    const starting = o.active.map((active, index) => sum(active, o.provisioning[index]));
    const all = starting.map((count, index) => sum(count, o.draining[index]));
    this.set(servers, [o.x, all, starting, o.active, o.desired, o.theirs]);
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
    if (host === undefined) throw new Error(`the panel ${PANELS[index]?.name ?? index} has no place`);
    return new uPlot(
      {
        width: Math.max(50, host.clientWidth),
        height: Math.max(50, host.clientHeight),
        legend: { show: false },
        padding: [8, RIGHT_PX, 0, 0],
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

  private demandPanel(key: string): uPlot {
    const { colors } = this;
    return this.make(0, key, {
      scales: { x: { time: true, auto: false }, y: { range: fromZero(() => this.data.ahead?.p99 ?? null) } },
      axes: axes(colors, { times: false }),
      series: [
        {},
        stepped('capacity', colors.capacity, { fill: colors['capacity-soft'], width: 1.5 }),
        line('highest demand', colors['demand-soft'], { width: 1 }),
        line('demand', colors.demand, { width: 2 }),
        line('as likely as not', 'transparent', { width: 0 }),
        line('99 of 100', 'transparent', { width: 0 }),
        line('planned for', colors.forecast, { width: 1.25, dash: [4, 3] }),
      ],
      bands: [{ series: [5, 4], fill: colors['forecast-soft'] }],
      plugins: [{ hooks: { draw: (plot) => this.drawAhead(plot) } }],
    });
  }

  private loadPanel(key: string): uPlot {
    const { colors } = this;
    return this.make(1, key, {
      scales: { x: { time: true, auto: false }, y: { range: () => [0, 105] } },
      axes: axes(colors, { times: false, unit: '%' }),
      series: [{}, line('highest of any server', colors['load-soft'], { width: 1 }), line('mean', colors.load)],
      plugins: [
        levels(colors, () =>
          this.limits.utilization === null
            ? []
            : [
                {
                  value: this.limits.utilization,
                  color: colors.limit,
                  dashed: true,
                  label: `promised limit ${Number(this.limits.utilization.toFixed(1))} %`,
                },
              ],
        ),
      ],
    });
  }

  private serversPanel(key: string): uPlot {
    const { colors } = this;
    return this.make(2, key, {
      scales: { x: { time: true, auto: false }, y: { range: fromZero(() => this.limits.min) } },
      axes: axes(colors, { times: true }),
      series: [
        {},
        stepped('draining', colors.draining, { width: 1 }),
        stepped('provisioning', colors.provisioning, { width: 1 }),
        stepped('active', colors.active, { fill: colors['active-soft'], width: 1.5 }),
        stepped('desired', colors.desired, { width: 1.25, dash: [3, 3] }),
        stepped('another autoscaler', colors.theirs, { width: 1.75 }),
      ],
      bands: [
        { series: [1, 2], fill: colors['draining-soft'] },
        { series: [2, 3], fill: colors['provisioning-soft'] },
      ],
      plugins: [
        levels(colors, () => [
          { value: this.limits.max, color: colors.axis, dashed: true, label: `at most ${this.limits.max}` },
          { value: this.limits.min, color: colors.axis, dashed: true, label: `at least ${this.limits.min}` },
        ]),
      ],
    });
  }

  /** The newest forecast is a box: the highest demand at some time until the end of the horizon. */
  private drawAhead(plot: uPlot): void {
    const { ahead } = this.data;
    if (ahead === null || ahead.to <= this.range[0] || ahead.from >= this.range[1]) return;
    const { ctx, bbox } = plot;
    const x = Math.max(bbox.left, plot.valToPos(ahead.from, 'x', true));
    const end = Math.min(bbox.left + bbox.width, plot.valToPos(ahead.to, 'x', true));
    const top = plot.valToPos(ahead.p99 ?? ahead.upper, 'y', true);
    const bottom = plot.valToPos(ahead.p50 ?? ahead.upper, 'y', true);
    const planned = plot.valToPos(ahead.upper, 'y', true);
    ctx.save();
    ctx.fillStyle = this.colors['forecast-soft'];
    ctx.fillRect(x, top, end - x, bottom - top);
    ctx.strokeStyle = this.colors.forecast;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, planned);
    ctx.lineTo(end, planned);
    ctx.stroke();
    ctx.restore();
  }
}

function sum(a: number | null | undefined, b: number | null | undefined): number | null {
  return a === null || a === undefined ? null : a + (b ?? 0);
}

export { LEFT_PX, PANELS, RIGHT_PX };
