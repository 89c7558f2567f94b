import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel';
import type { CircuitBreakerPolicy, IPolicy } from 'cockatiel';
import { ProviderError, ScaleTarget } from './scale-target.js';
import type { ProviderState, TargetCluster } from './scale-target.js';

export interface ResilienceOptions {
  /** One attempt's time limit in milliseconds. */
  readonly timeoutMs: number;
  /** Further attempts after the first when the provider is unreachable. */
  readonly retries: number;
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
  private readonly endpoints = new Map<string, { policy: IPolicy; breaker: CircuitBreakerPolicy }>();

  constructor(
    private readonly inner: ScaleTarget,
    private readonly options: ResilienceOptions,
  ) {
    super();
  }

  async read(cluster: TargetCluster, signal: AbortSignal): Promise<ProviderState> {
    return this.attempt(cluster, signal, async (limit) => this.inner.read(cluster, limit));
  }

  async setDesired(cluster: TargetCluster, desired: number, signal: AbortSignal): Promise<ProviderState> {
    return this.attempt(cluster, signal, async (limit) => this.inner.setDesired(cluster, desired, limit));
  }

  /** How many endpoints are being left alone at the moment. */
  openCircuits(): number {
    let open = 0;
    for (const { breaker } of this.endpoints.values()) if (breaker.state !== CircuitState.Closed) open += 1;
    return open;
  }

  private async attempt(
    cluster: TargetCluster,
    signal: AbortSignal,
    call: (limit: AbortSignal) => Promise<ProviderState>,
  ): Promise<ProviderState> {
    const { policy } = this.endpointOf(cluster);
    try {
      return await policy.execute(async () => this.limited(signal, call), signal);
    } catch (error) {
      if (error instanceof BrokenCircuitError) {
        throw new ProviderError('unreachable', 'the provider did not answer lately and is left alone for a while', {
          cause: error,
        });
      }
      throw error;
    }
  }

  private async limited(
    signal: AbortSignal,
    call: (limit: AbortSignal) => Promise<ProviderState>,
  ): Promise<ProviderState> {
    const limit = new AbortController();
    const abort = (): void => limit.abort();
    const timer = setTimeout(abort, this.options.timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await call(limit.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  private endpointOf(cluster: TargetCluster): { policy: IPolicy; breaker: CircuitBreakerPolicy } {
    const key = cluster.provider.url ?? cluster.provider.type;
    let endpoint = this.endpoints.get(key);
    if (endpoint === undefined) {
      const breaker = circuitBreaker(unreachable, {
        breaker: new ConsecutiveBreaker(this.options.breakAfter),
        halfOpenAfter: this.options.breakMs,
      });
      const retrying = retry(unreachable, {
        maxAttempts: this.options.retries,
        backoff: new ExponentialBackoff({ initialDelay: this.options.retryDelayMs }),
      });
      endpoint = { policy: wrap(retrying, breaker), breaker };
      this.endpoints.set(key, endpoint);
    }
    return endpoint;
  }
}

// A clear refusal is an answer: trying again or leaving the endpoint alone would help nobody.
const unreachable = handleWhen((error) => error instanceof ProviderError && error.kind === 'unreachable');
