import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  wrap,
} from 'cockatiel';
import type { CircuitBreakerPolicy, IPolicy } from 'cockatiel';
import { type Circuit, toCircuit } from '#metrics';
import { ProviderError, ScaleTarget } from './scale-target.js';
import type { ProviderState, TargetCluster } from './scale-target.js';

export interface Patience {
  /** How long it may take in milliseconds, all attempts together. */
  readonly timeoutMs: number;
  /** Further attempts within that time when the provider is unreachable. */
  readonly retries: number;
}

export interface ResilienceOptions {
  readonly reading: Patience;
  readonly asking: Patience;
  /** The first wait between attempts in milliseconds; later ones double, all of them with jitter. */
  readonly retryDelayMs: number;
  /** After so many failures in a row an endpoint is left alone ... */
  readonly breakAfter: number;
  /** ... for so many milliseconds, and then tried with one request. */
  readonly breakMs: number;
}

/**
 * A scale target that bounds how long another one may take, tries again what can be tried again (asking for a count is
 * idempotent), and stops asking an endpoint that does not answer, so that a provider in distress costs the loop nothing.
 */
export class ResilientScaleTarget extends ScaleTarget {
  private readonly endpoints = new Map<string, Endpoint>();

  constructor(
    private readonly inner: ScaleTarget,
    private readonly options: ResilienceOptions,
  ) {
    super();
  }

  async read(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<ProviderState> {
    const { reading } = this.patienceWith(cluster);
    return attempt(reading, this.options.reading, signal, async (limit) => this.inner.read(cluster, limit, token));
  }

  async setDesired(
    cluster: TargetCluster,
    desired: number,
    signal: AbortSignal,
    token?: number,
  ): Promise<ProviderState> {
    const { asking } = this.patienceWith(cluster);
    const call = async (limit: AbortSignal) => this.inner.setDesired(cluster, desired, limit, token);
    return attempt(asking, this.options.asking, signal, call);
  }

  endpointOf(cluster: TargetCluster): string {
    return this.inner.endpointOf(cluster);
  }

  /** Whether the endpoint of a cluster is being asked. */
  circuitOf(cluster: TargetCluster): Circuit {
    const endpoint = this.endpoints.get(this.inner.endpointOf(cluster));
    return endpoint === undefined ? 'closed' : toCircuit(endpoint.breaker.state);
  }

  /** How many endpoints are being left alone at the moment. */
  openCircuits(): number {
    let open = 0;
    for (const { breaker } of this.endpoints.values()) if (breaker.state !== CircuitState.Closed) open += 1;
    return open;
  }

  private patienceWith(cluster: TargetCluster): Endpoint {
    const key = this.inner.endpointOf(cluster);
    let endpoint = this.endpoints.get(key);
    if (endpoint === undefined) {
      const { reading, asking, retryDelayMs, breakAfter, breakMs } = this.options;
      const breaker = circuitBreaker(unreachable, {
        breaker: new ConsecutiveBreaker(breakAfter),
        halfOpenAfter: breakMs,
      });
      const retrying = (maxAttempts: number) =>
        retry(unreachable, { maxAttempts, backoff: new ExponentialBackoff({ initialDelay: retryDelayMs }) });
      endpoint = {
        breaker,
        reading: wrap(retrying(reading.retries), breaker),
        asking: wrap(retrying(asking.retries), breaker),
      };
      this.endpoints.set(key, endpoint);
    }
    return endpoint;
  }
}

interface Endpoint {
  readonly breaker: CircuitBreakerPolicy;
  readonly reading: IPolicy;
  readonly asking: IPolicy;
}

async function attempt(
  policy: IPolicy,
  { timeoutMs, retries }: Patience,
  signal: AbortSignal,
  call: (limit: AbortSignal) => Promise<ProviderState>,
): Promise<ProviderState> {
  // An attempt that hangs leaves time for the others.
  const share = timeoutMs / (retries + 1);
  try {
    return await limited(signal, timeoutMs, async (whole) =>
      policy.execute(async () => limited(whole, share, call), whole),
    );
  } catch (error) {
    if (error instanceof BrokenCircuitError || error instanceof TaskCancelledError) {
      const message =
        error instanceof BrokenCircuitError
          ? 'the provider did not answer lately and is left alone for a while'
          : 'no answer in time';
      throw new ProviderError('unreachable', message, { cause: error });
    }
    throw error;
  }
}

async function limited<T>(
  signal: AbortSignal,
  timeoutMs: number,
  call: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  // One that was aborted before tells nobody any more.
  if (signal.aborted) throw new ProviderError('unreachable', 'not asked: there was no time left');
  const limit = new AbortController();
  const abort = (): void => limit.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await call(limit.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

// A clear refusal is an answer: trying again or leaving the endpoint alone would help nobody.
const unreachable = handleWhen((error) => error instanceof ProviderError && error.kind === 'unreachable');
