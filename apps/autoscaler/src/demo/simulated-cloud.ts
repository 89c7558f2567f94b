import { request } from 'undici';
import type { PastSetting } from '#world';

const MOST_WAITING_MS = 10_000;

interface Described {
  readonly pattern: string;
  readonly capacity: number;
  readonly base_cpu: number;
  readonly base_memory: number;
  readonly variance: number;
}

/** The simulator of the demo; see docs/simulator.md. */
export class SimulatedCloud {
  /** @param url of the simulator */
  constructor(private readonly url: string) {}

  /** @returns `null` before the first tick of the cluster, which creates it there */
  async find(clusterId: string): Promise<Described | null> {
    const { status, body } = await this.ask(`/clusters/${clusterId}`);
    return status === 404 ? null : (succeeded(status, body) as Described);
  }

  async setPattern(clusterId: string, pattern: object): Promise<void> {
    const { status, body } = await this.ask('/pattern', { cluster_id: clusterId, ...pattern });
    succeeded(status, body);
  }

  /** What the pattern of a cluster offers at the ends of minutes, from the first to the last, in requests per second. */
  async loadByMinute(clusterId: string, firstAt: number, lastAt: number): Promise<readonly number[]> {
    const [from, to] = [firstAt, lastAt + 1].map((at) => new Date(at).toISOString()) as [string, string];
    const { status, body } = await this.ask(`/clusters/${clusterId}/load?from=${from}&to=${to}&step=60s`);
    return (succeeded(status, body) as { load: readonly number[] }).load;
  }

  /** @param json body; with it the request is a POST */
  private async ask(path: string, json?: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const { statusCode, body } = await request(`${this.url}${path}`, {
      ...(json === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(MOST_WAITING_MS),
    });
    return { status: statusCode, body: await body.json() };
  }
}

/** The part of a past's setting that describes the servers. */
export function serversOf({ capacity, base_cpu, base_memory, variance }: Described) {
  return { capacity, baseCpu: base_cpu, baseMemory: base_memory, variance } satisfies Partial<PastSetting>;
}

function succeeded(status: number, body: unknown): unknown {
  if (status < 300) return body;
  const { error = 'no reason given' } = (body ?? {}) as { error?: string };
  throw new Error(`the simulator answered HTTP ${status}: ${error}`);
}
