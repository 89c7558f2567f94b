import type { ApiClient } from './client.js';
import { eventually } from './eventually.js';

const WORKERS = 4;
/** Every eighth request creates a cluster; others change or read existing ones. */
const CREATE_EVERY = 8;
const MOST_SERVERS = 50;

interface Known {
  /** Possible values of `max_servers`: the acknowledged one, and those of later changes with unknown outcome. */
  readonly possible: Set<number>;
  /** Decisions that were read. */
  readonly decisions: Set<string>;
}

/** Clients that create, change and read clusters continuously, and record what was acknowledged. */
export class Load {
  private readonly known = new Map<string, Known>();
  private workers: Promise<void>[] = [];
  private stopping = false;
  private count = 0;
  private failed = 0;
  private confirmed = 0;

  /** @param up whether the service answers again; called after each failure */
  constructor(
    private readonly client: ApiClient,
    private readonly up: () => Promise<boolean>,
  ) {}

  /** Acknowledged creations and changes. */
  get acknowledged(): number {
    return this.confirmed;
  }

  /** Requests without a response, or with an error response. */
  get failures(): number {
    return this.failed;
  }

  get decisionsSeen(): number {
    return [...this.known.values()].reduce((sum, { decisions }) => sum + decisions.size, 0);
  }

  start(): void {
    this.workers = Array.from({ length: WORKERS }, async () => this.work());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.workers);
  }

  /** Acknowledged clusters and read decisions that are missing now. */
  async missing(): Promise<{ clusters: string[]; decisions: string[] }> {
    const clusters: string[] = [];
    const decisions: string[] = [];
    for (const [id, known] of this.known) {
      const { status, body } = await this.client.get<{ max_servers: number }>(`/clusters/${id}`);
      if (status !== 200 || !known.possible.has(body.max_servers)) clusters.push(id);
      for (const decision of known.decisions) {
        if ((await this.client.get(`/clusters/${id}/decisions/${decision}`)).status !== 200) decisions.push(decision);
      }
    }
    return { clusters, decisions };
  }

  /** Whether each cluster has a decision after `time` (RFC 3339). */
  async allTickedSince(time: string): Promise<boolean> {
    for (const id of this.known.keys()) {
      if ((await this.read(`/clusters/${id}/decisions?limit=1&from=${time}`)).length === 0) return false;
    }
    return true;
  }

  /** No other worker changes these clusters, so the last acknowledged change must be in force. */
  private async work(): Promise<void> {
    const own: string[] = [];
    while (!this.stopping) {
      try {
        this.count += 1;
        const id = own[this.count % own.length];
        if (id === undefined || this.count % CREATE_EVERY === 0) own.push(await this.create(`load-${this.count}`));
        else {
          await this.change(id);
          for (const decision of await this.read(`/clusters/${id}/decisions?limit=5`)) {
            this.known.get(id)?.decisions.add(decision);
          }
        }
      } catch {
        this.failed += 1;
        await eventually('the service answers', this.up);
      }
    }
  }

  private async create(name: string): Promise<string> {
    const definition = { name, min_servers: 1, max_servers: MOST_SERVERS };
    const { status, body } = await this.client.post<{ id: string }>('/clusters', definition);
    if (status !== 201) throw new Error(`creating was answered with ${status}`);
    this.confirmed += 1;
    this.known.set(body.id, { possible: new Set([MOST_SERVERS]), decisions: new Set() });
    return body.id;
  }

  private async change(id: string): Promise<void> {
    const most = MOST_SERVERS + 1 + (this.count % 100);
    const possible = this.known.get(id)?.possible;
    possible?.add(most);
    const { status } = await this.client.put(`/clusters/${id}`, { max_servers: most });
    if (status !== 200) throw new Error(`a change was answered with ${status}`);
    this.confirmed += 1;
    possible?.clear();
    possible?.add(most);
  }

  private async read(path: string): Promise<string[]> {
    const { status, body } = await this.client.get<{ decisions: { id: string }[] }>(path);
    if (status !== 200) throw new Error(`reading was answered with ${status}`);
    return body.decisions.map(({ id }) => id);
  }
}
