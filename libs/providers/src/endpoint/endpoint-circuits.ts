import type { Circuit } from './circuit.js';

export interface CircuitOptions {
  /** Failed requests since the last answer of an endpoint, those of all its clusters together, after which its circuit opens ... */
  readonly breakAfter: number;
  /** ... and a cluster that failed is left alone for so long (ms). */
  readonly breakMs: number;
  /** Requests under way at once to one endpoint; clusters that failed last time may take a quarter of them. */
  readonly connections: number;
}

/** What is known of one cluster behind an endpoint. */
interface Known {
  /** Failed requests in a row. */
  failures: number;
  /** When the last one failed. */
  failedAt: number;
  /** When somebody last wanted to ask it. */
  wantedAt: number;
}

/** A cluster that nobody asked for so long is forgotten: it was deleted, or another instance has it. */
const FORGET_AFTER_MS = 3_600_000;
/** One that waits for its turn and does not come back within this time loses its place. */
const TURN_KEPT_MS = 120_000;

/**
 * Whether an endpoint is asked on behalf of a cluster. The circuit opens only when requests for all its clusters fail,
 * counted once per request however often it was retried. A cluster whose own last request was answered is always asked,
 * and clusters that fail share a part of the connections, so that no cluster can blind another.
 */
export class EndpointCircuits {
  private readonly endpoints = new Map<string, EndpointCircuit>();

  /** @param now milliseconds; monotonic, so that a clock that is set back opens or closes nothing */
  constructor(
    private readonly options: CircuitOptions,
    private readonly now: () => number = () => performance.now(),
    private readonly onChange: () => void = () => undefined,
  ) {}

  /**
   * Makes a request, or refuses to.
   *
   * @param isFailure whether an error says that the endpoint did not answer; any other error is an answer
   * @throws CircuitOpenError when the cluster is left alone for now
   */
  async run<T>(
    endpoint: string,
    clusterId: string,
    request: () => Promise<T>,
    isFailure: (error: unknown) => boolean,
  ): Promise<T> {
    const circuit = this.circuitOf(endpoint);
    const done = circuit.admit(clusterId, this.now());
    if (done === null) throw new CircuitOpenError();
    let failed = false;
    try {
      return await request();
    } catch (error) {
      failed = isFailure(error);
      throw error;
    } finally {
      const before = circuit.state();
      done(failed, this.now());
      if (circuit.state() !== before) this.onChange();
    }
  }

  stateOf(endpoint: string): Circuit {
    return this.endpoints.get(endpoint)?.state() ?? 'closed';
  }

  /** Endpoints whose circuit is not closed. */
  open(): string[] {
    return [...this.endpoints].filter(([, circuit]) => circuit.state() !== 'closed').map(([endpoint]) => endpoint);
  }

  private circuitOf(endpoint: string): EndpointCircuit {
    let circuit = this.endpoints.get(endpoint);
    if (circuit === undefined) {
      circuit = new EndpointCircuit(this.options);
      this.endpoints.set(endpoint, circuit);
    }
    return circuit;
  }
}

/** The request was not made: the endpoint, or this cluster of it, failed too often and is left alone for a while. */
export class CircuitOpenError extends Error {
  constructor() {
    super('circuit breaker open');
    this.name = 'CircuitOpenError';
  }
}

type Done = (failed: boolean, now: number) => void;

class EndpointCircuit {
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

  constructor(private readonly options: CircuitOptions) {}

  state(): Circuit {
    if (this.answering > 0 || this.failures < this.options.breakAfter) return 'closed';
    return this.trials > 0 ? 'half_open' : 'open';
  }

  /** @returns what is to be told of the outcome; `null` when the cluster is not to be asked now */
  admit(id: string, now: number): Done | null {
    this.sweep(now);
    const known = this.clusters.get(id);
    if (known !== undefined) known.wantedAt = now;
    if (known === undefined || known.failures === 0) return (failed, at) => this.note(id, failed, at);
    if (this.state() !== 'closed' && now - known.failedAt < this.options.breakMs) return null;
    if (!this.hasTurn(id, now)) return null;
    this.trials += 1;
    return (failed, at) => {
      this.trials -= 1;
      this.note(id, failed, at);
    };
  }

  /** First come, first served: whoever was turned away goes before those who come later. */
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

  private note(id: string, failed: boolean, now: number): void {
    const known = this.clusters.get(id) ?? { failures: 0, failedAt: 0, wantedAt: now };
    const wasAnswering = this.clusters.has(id) && known.failures === 0;
    this.clusters.set(id, known);
    if (failed) {
      known.failures += 1;
      known.failedAt = now;
      this.failures += 1;
      if (wasAnswering) this.answering -= 1;
    } else {
      known.failures = 0;
      this.failures = 0;
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
