/** Whether a connection is asked (`closed`), left alone because it failed too often (`open`), or being tried (`half_open`). */
export type Circuit = 'closed' | 'open' | 'half_open';

export interface CircuitOptions {
  /** Failed requests since the last answer, those of all clusters together, after which the circuit opens ... */
  readonly breakAfter: number;
  /** ... and a cluster that failed is left alone for so long (ms). */
  readonly breakMs: number;
  /** Requests under way at once; clusters that failed last time may take a quarter of them. */
  readonly connections: number;
}

/** Clusters that a request may be made for. */
export interface Admission {
  readonly ids: readonly string[];
  /** To be called once, with the clusters that got no answer. */
  readonly done: (failed: ReadonlySet<string>) => void;
}

/** What is known of one cluster behind a connection. */
interface Known {
  /** Failed requests in a row. */
  failures: number;
  /** When the last one failed. */
  failedAt: number;
  /** When a request for it was last needed. */
  wantedAt: number;
}

/** A cluster is forgotten if no request needed it for this time: it was deleted, or another instance has it. */
const FORGET_AFTER_MS = 3_600_000;
/** One that waits for its turn and does not come back within this time loses its place. */
const TURN_KEPT_MS = 120_000;

/**
 * Whether a connection is asked on behalf of clusters. The circuit opens only when requests for all its clusters fail, counted once per
 * request however often it was retried. A cluster whose own last request was answered is always asked, and clusters that fail share a
 * part of the connections, so that no cluster can blind another.
 */
export class CircuitBreaker {
  private readonly clusters = new Map<string, Known>();
  /** Clusters whose last request was answered. */
  private answering = 0;
  /** Failed requests since the last answer. */
  private failures = 0;
  /** Requests under way for clusters that failed last time. */
  private trials = 0;
  /** Clusters that found no room for a trial, in their order, and when they last wanted one. */
  private readonly waiting = new Map<string, number>();
  private sweptAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds; monotonic, so that a clock that is set back opens or closes nothing */
  constructor(
    private readonly options: CircuitOptions,
    private readonly now: () => number = () => performance.now(),
  ) {}

  state(): Circuit {
    if (this.answering > 0 || this.failures < this.options.breakAfter) return 'closed';
    return this.trials > 0 ? 'half_open' : 'open';
  }

  /**
   * @param ids the clusters that one request is to be made for
   * @returns those of them that it may be made for now
   */
  admit(ids: readonly string[]): Admission {
    const now = this.now();
    this.sweep(now);
    const failing: string[] = [];
    for (const id of ids) {
      const known = this.clusters.get(id);
      if (known === undefined) continue;
      known.wantedAt = now;
      if (known.failures > 0) failing.push(id);
    }
    if (failing.length === 0) return { ids, done: (failed) => this.note(ids, failed) };
    return this.admitFailing(ids, failing, now);
  }

  private admitFailing(ids: readonly string[], failing: readonly string[], now: number): Admission {
    const isResting = (id: string): boolean => now - (this.clusters.get(id)?.failedAt ?? 0) < this.options.breakMs;
    const ready = this.state() === 'closed' ? failing : failing.filter((id) => !isResting(id));
    // One request is one trial, for however many clusters.
    const isTrial = ready[0] !== undefined && this.hasTurn(ready[0], now);
    const left = new Set(failing);
    if (isTrial) for (const id of ready) left.delete(id);
    const admitted = ids.filter((id) => !left.has(id));
    if (!isTrial) return { ids: admitted, done: (failed) => this.note(admitted, failed) };
    this.trials += 1;
    const done = (failed: ReadonlySet<string>): void => {
      this.trials -= 1;
      this.note(admitted, failed);
    };
    return { ids: admitted, done };
  }

  /** First come, first served: clusters that were turned away go before later ones. */
  private hasTurn(id: string, now: number): boolean {
    const free = Math.max(1, Math.floor(this.options.connections / 4)) - this.trials;
    let ahead = 0;
    for (const [other, wantedAt] of this.waiting) {
      if (other === id || ahead >= free) break;
      if (now - wantedAt > TURN_KEPT_MS) this.waiting.delete(other);
      else ahead += 1;
    }
    if (ahead < free) {
      this.waiting.delete(id);
      return true;
    }
    this.waiting.set(id, now);
    return false;
  }

  private note(ids: readonly string[], failed: ReadonlySet<string>): void {
    const now = this.now();
    for (const id of ids) this.noteOne(id, failed.has(id), now);
    if (ids.length === 0) return;
    this.failures = failed.size < ids.length ? 0 : this.failures + 1;
  }

  private noteOne(id: string, hasFailed: boolean, now: number): void {
    const known = this.clusters.get(id) ?? { failures: 0, failedAt: 0, wantedAt: now };
    const wasAnswering = this.clusters.has(id) && known.failures === 0;
    this.clusters.set(id, known);
    if (hasFailed) {
      known.failures += 1;
      known.failedAt = now;
      if (wasAnswering) this.answering -= 1;
    } else {
      known.failures = 0;
      if (!wasAnswering) this.answering += 1;
    }
  }

  private sweep(now: number): void {
    if (now - this.sweptAt < TURN_KEPT_MS) return;
    this.sweptAt = now;
    for (const [id, { failures, wantedAt }] of this.clusters) {
      if (now - wantedAt <= FORGET_AFTER_MS) continue;
      this.clusters.delete(id);
      if (failures === 0) this.answering -= 1;
    }
  }
}
