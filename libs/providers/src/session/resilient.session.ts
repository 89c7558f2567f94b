import { bulkhead, decorrelatedJitterGenerator, ExponentialBackoff, handleWhen, type IPolicy, retry } from 'cockatiel';
import {
  type Call,
  type ChangeCall,
  isUnanswered,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
} from '../sdk/index.js';
import { toProviderError } from './opened.session.js';
import { type Circuit, CircuitBreaker, type CircuitOptions } from './circuit-breaker.js';
import type { WholeSession } from './whole-session.js';
import { within } from './within.js';

export interface Patience {
  /** How long it may take in milliseconds, all attempts together. */
  readonly timeoutMs: number;
  /** Further attempts within that time if there is no answer. */
  readonly retries: number;
}

export interface ResilienceOptions extends CircuitOptions {
  readonly reading: Patience;
  readonly scaling: Patience;
}

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 500;
/** Part of the time of a read that is left, after its signal is aborted, to return the answers so far. */
const GRACE = 0.1;
const NONE: ReadonlySet<string> = new Set();

/**
 * Bounds how many reads are under way and how long each may take, and retries requests without an answer (setting a count is idempotent).
 * Sends no requests over a connection that is down for all its clusters; see `CircuitBreaker`. A refusal is an answer: it is not retried.
 */
export class ResilientSession implements WholeSession {
  private readonly breaker: CircuitBreaker;
  private readonly pool: IPolicy;
  private readonly reading: IPolicy;
  private readonly scaling: IPolicy;

  constructor(
    private readonly inner: WholeSession,
    private readonly options: ResilienceOptions,
  ) {
    this.breaker = new CircuitBreaker(options);
    this.pool = bulkhead(options.connections, Number.POSITIVE_INFINITY);
    this.reading = retries(options.reading);
    this.scaling = retries(options.scaling);
  }

  /** Whether the connection is being asked. */
  get circuit(): Circuit {
    return this.breaker.state();
  }

  /** Never rejects. */
  async read(clusters: readonly ProviderCluster[], { signal }: Call): Promise<Readings> {
    return this.pool.execute(async () => this.readAdmitted(clusters, signal));
  }

  async setDesired(cluster: ProviderCluster, count: number, call: ChangeCall): Promise<ProviderState> {
    const { ids, done } = this.breaker.admit([cluster.id]);
    if (ids.length === 0) throw circuitOpen();
    let failed = NONE;
    try {
      return await this.askPatiently(call, async ({ signal }) =>
        this.inner.setDesired(cluster, count, { ...call, signal }),
      );
    } catch (cause) {
      const error = toProviderError(cause);
      if (isUnanswered(error)) failed = new Set(ids);
      throw error;
    } finally {
      done(failed);
    }
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  private async readAdmitted(clusters: readonly ProviderCluster[], outer: AbortSignal): Promise<Readings> {
    const readings = new Map<string, Reading | ProviderError>();
    const { ids, done } = this.breaker.admit(clusters.map(({ id }) => id));
    const admitted = new Set(ids);
    let open = clusters.filter(({ id }) => admitted.has(id));
    if (open.length < clusters.length) {
      for (const { id } of clusters) if (!admitted.has(id)) readings.set(id, circuitOpen());
    }
    if (open.length === 0) return readings;
    const { timeoutMs } = this.options.reading;
    let isOver = false;
    const attempt = async (signal: AbortSignal): Promise<void> => {
      // The time may have ended between two attempts.
      if (signal.aborted) throw outOfTime();
      const answer = await this.inner.read(open, { signal, timeoutMs }).catch((error: unknown) => {
        // What libraries throw then does not say so.
        throw signal.aborted ? outOfTime() : error;
      });
      // What comes late is another's by now.
      if (isOver) return;
      for (const { id } of open) readings.set(id, answer.get(id) as Reading | ProviderError);
      open = open.filter(({ id }) => partsOf(readings.get(id)).some(isUnansweredPart));
      if (open.length > 0) throw new ProviderError('unreachable', 'no answer for some clusters');
    };
    try {
      // Clusters that were answered are not to wait in vain for one whose query hangs.
      const grace = timeoutMs * GRACE;
      await within(
        timeoutMs,
        outer,
        async (signal) => this.reading.execute(async () => attempt(signal), signal),
        grace,
      );
    } catch (error) {
      for (const { id } of open) if (!readings.has(id)) readings.set(id, toProviderError(error));
    } finally {
      isOver = true;
    }
    const failed = ids.filter((id) => partsOf(readings.get(id)).every(isUnansweredPart));
    done(failed.length === 0 ? NONE : new Set(failed));
    return readings;
  }

  private async askPatiently<T>({ signal }: Call, ask: (call: Call) => Promise<T>): Promise<T> {
    const { timeoutMs, retries: further } = this.options.scaling;
    // An attempt that hangs leaves time for the others.
    const share = timeoutMs / (further + 1);
    return within(timeoutMs, signal, async (whole) =>
      this.scaling.execute(async () => within(share, whole, async (limit) => ask({ signal: limit })), whole),
    );
  }
}

function retries({ retries: maxAttempts }: Patience): IPolicy {
  return retry(
    handleWhen((error) => error instanceof ProviderError && isUnanswered(error)),
    {
      maxAttempts,
      backoff: new ExponentialBackoff({
        initialDelay: FIRST_RETRY_MS,
        maxDelay: LONGEST_RETRY_MS,
        generator: decorrelatedJitterGenerator,
      }),
    },
  );
}

/** The requested parts of a cluster, each as read or as its error. */
function partsOf(reading: Reading | ProviderError | undefined): readonly unknown[] {
  if (reading === undefined || reading instanceof ProviderError) return [reading];
  const { servers, samples } = reading;
  return servers === undefined || samples === undefined ? [servers ?? samples] : [servers, samples];
}

function isUnansweredPart(part: unknown): boolean {
  return part instanceof ProviderError && isUnanswered(part);
}

function outOfTime(): ProviderError {
  return new ProviderError('unreachable', 'no answer in time');
}

function circuitOpen(): ProviderError {
  return new ProviderError('circuit_open', 'circuit breaker open');
}
