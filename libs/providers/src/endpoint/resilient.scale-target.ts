import { ExponentialBackoff, handleWhen, type IPolicy, retry, TaskCancelledError } from 'cockatiel';
import { type Circuit } from './circuit.js';
import { CircuitOpenError, EndpointCircuits } from './endpoint-circuits.js';
import { ProviderError, ScaleTarget } from '../ports/scale-target.js';
import type { ProviderState, TargetCluster } from '../ports/scale-target.js';

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
  /** After so many failed requests without an answer an endpoint is left alone ... */
  readonly breakAfter: number;
  /** ... for so many milliseconds, and then tried once for each of its clusters. */
  readonly breakMs: number;
  /** Requests under way at once to an endpoint. */
  readonly connections: number;
}

/**
 * A scale target that bounds how long another one may take, tries again what can be tried again (asking for a count is
 * idempotent), and stops asking an endpoint that does not answer, so that a provider in distress costs the loop nothing.
 */
export class ResilientScaleTarget extends ScaleTarget {
  private readonly circuits: EndpointCircuits;
  private readonly reading: IPolicy;
  private readonly asking: IPolicy;

  constructor(
    private readonly inner: ScaleTarget,
    private readonly options: ResilienceOptions,
  ) {
    super();
    const { reading, asking, retryDelayMs } = options;
    const backoff = new ExponentialBackoff({ initialDelay: retryDelayMs });
    this.circuits = new EndpointCircuits(options);
    this.reading = retry(unreachable, { maxAttempts: reading.retries, backoff });
    this.asking = retry(unreachable, { maxAttempts: asking.retries, backoff });
  }

  override async ensure(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<void> {
    const call = async (limit: AbortSignal): Promise<void> => this.inner.ensure?.(cluster, limit, token);
    return this.guarded(cluster, async () => attempt(this.reading, this.options.reading, signal, call));
  }

  async read(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<ProviderState> {
    const call = async (limit: AbortSignal): Promise<ProviderState> => this.inner.read(cluster, limit, token);
    return this.guarded(cluster, async () => attempt(this.reading, this.options.reading, signal, call));
  }

  async setDesired(
    cluster: TargetCluster,
    desired: number,
    signal: AbortSignal,
    token?: number,
  ): Promise<ProviderState> {
    const call = async (limit: AbortSignal): Promise<ProviderState> =>
      this.inner.setDesired(cluster, desired, limit, token);
    return this.guarded(cluster, async () => attempt(this.asking, this.options.asking, signal, call));
  }

  endpointOf(cluster: TargetCluster): string {
    return this.inner.endpointOf(cluster);
  }

  /** Whether the endpoint of a cluster is being asked. */
  circuitOf(cluster: TargetCluster): Circuit {
    return this.circuits.stateOf(this.inner.endpointOf(cluster));
  }

  /** How many endpoints are being left alone at the moment. */
  openCircuits(): number {
    return this.circuits.open().length;
  }

  private async guarded<T>(cluster: TargetCluster, request: () => Promise<T>): Promise<T> {
    try {
      return await this.circuits.run(this.inner.endpointOf(cluster), cluster.id, request, isUnreachable);
    } catch (error) {
      if (error instanceof CircuitOpenError) throw new ProviderError('unreachable', error.message, { cause: error });
      throw error;
    }
  }
}

async function attempt<T>(
  policy: IPolicy,
  { timeoutMs, retries }: Patience,
  signal: AbortSignal,
  call: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  // An attempt that hangs leaves time for the others.
  const share = timeoutMs / (retries + 1);
  try {
    return await limited(signal, timeoutMs, async (whole) =>
      policy.execute(async () => limited(whole, share, call), whole),
    );
  } catch (error) {
    if (error instanceof TaskCancelledError)
      throw new ProviderError('unreachable', 'no answer in time', { cause: error });
    throw error;
  }
}

async function limited<T>(
  signal: AbortSignal,
  timeoutMs: number,
  call: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  // One that was aborted before tells nobody any more.
  if (signal.aborted) throw new ProviderError('unreachable', 'not requested: no time left');
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
function isUnreachable(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'unreachable';
}

const unreachable = handleWhen(isUnreachable);
