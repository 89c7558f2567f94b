import type { Workload } from './control-plane.js';
import { type Compression, realAt, virtualAt } from './fast-clock.js';
import type { Fleets } from './fleets.js';
import { type Load, TICK_SECONDS } from './load.js';
import { type Busy, Busyness } from './machine.js';
import type { MetricsApi } from './metrics-api.js';
import { type Pace, paceOf, worstOf } from './pace.js';
import type { Period, Replayed } from './replay.js';
import type { FleetScorer } from './score.js';

/** Real time between looks at the fleets. */
export const SLOT_MS = 100;

/** A Deployment of a run, its load and its score. */
export interface Contender extends Workload {
  readonly policy: string;
  readonly load: Load;
  readonly scorer: FleetScorer;
  /** Whether its target is among the three nearest to the one tuned in hindsight. */
  readonly nearTuned: boolean;
  /** The same policy in the world of backtests. */
  readonly replay: Replayed['score'];
}

/** Under which conditions a run was scored. Paces are real seconds. */
export interface Conditions {
  /** Between two reads of an HPA: 1 s is wanted. */
  readonly hpaPace: Pace | null;
  /** Between two reads of the service: 0.67 s is wanted. */
  readonly servicePace: Pace | null;
  readonly busy: Busy;
}

/** Plays the load: lets the pods use what they serve, and scores the fleets. */
export class Ticker {
  private readonly busyness = new Busyness();
  private readonly scrapeMs: number;
  private timer: NodeJS.Timeout | undefined;
  private scrapes = 0;
  private end = (): void => undefined;
  private readonly over = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  constructor(
    private readonly contenders: readonly Contender[],
    private readonly fleets: Fleets,
    private readonly metrics: MetricsApi,
    private readonly compression: Compression,
    private readonly period: Period,
  ) {
    this.scrapeMs = (TICK_SECONDS * 1000) / compression.speed;
  }

  start(): void {
    // Scrapes lie on the ticks of the load: a window is one tick.
    this.scrapes = Math.floor((Date.now() - this.compression.real) / this.scrapeMs);
    this.timer = setInterval(() => this.tick(Date.now()), SLOT_MS);
  }

  /** Waits for the end of the scored period. @throws the reason of `signal` when that comes first */
  async ended(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    await Promise.race([this.over, aborted]);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  conditions(): Conditions {
    const { contenders, busyness } = this;
    // KEDA's HPAs read no pod metrics.
    const paces = contenders.filter(({ target }) => target !== null).map(({ app }) => this.paceOf(app));
    return { hpaPace: worstOf(paces), servicePace: this.paceOf(''), busy: busyness.result };
  }

  private paceOf(app: string): Pace | null {
    const { compression, period } = this;
    const [from, until] = [realAt(compression, period.scoredFrom), realAt(compression, period.until)];
    return paceOf((this.metrics.lists.get(app) ?? []).filter((at) => at >= from && at < until));
  }

  private tick(now: number): void {
    const { compression, contenders, fleets, period } = this;
    const scrape = Math.floor((now - compression.real) / this.scrapeMs);
    if (scrape > this.scrapes) {
      this.scrapes = scrape;
      this.scrape(compression.real + scrape * this.scrapeMs);
      if (scrape > 0) this.busyness.sample();
    }
    const virtual = virtualAt(compression, now);
    for (const { app, scorer } of contenders) scorer.advance(virtual, fleets.of(app));
    if (virtual >= period.until) {
      this.stop();
      this.end();
    }
  }

  private scrape(at: number): void {
    const { contenders, fleets, compression, scrapeMs } = this;
    // The last moment of the window.
    const measuredAt = virtualAt(compression, at) - 1;
    const usage = contenders.map(({ app, load }) => {
      const used = load.usageAt(measuredAt, Math.max(1, fleets.of(app).active));
      // Usage is known of pods that took load for a whole window.
      return [app, new Map(fleets.readySince(app, at - scrapeMs).map((pod) => [pod, used]))] as const;
    });
    this.metrics.publish({ at, windowMs: scrapeMs, usage: new Map(usage) });
  }
}
