import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { freePort } from '../loop/process.js';

/** A request that reached the provider, and its response. */
export interface Asking {
  readonly at: number;
  readonly cluster: string;
  readonly desired: number;
  readonly token: number;
  readonly status: number;
  /** The desired count before, as stated by the provider. */
  readonly before: number | null;
}

/** A proxy between the instances and the simulator that records requests, as independent evidence. */
export class Witness {
  readonly askings: Asking[] = [];
  private readonly changes = new EventEmitter<{ change: [Asking] }>();

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(simulator: string): Promise<Witness> {
    const port = await freePort();
    const desired = new Map<string, number>();
    let witness: Witness;
    const server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks).toString();
        const headers: Record<string, string> = { 'content-type': 'application/json' };
        const token = request.headers['x-fencing-token'];
        if (typeof token === 'string') headers['x-fencing-token'] = token;
        const answer = await fetch(`${simulator}${request.url ?? '/'}`, {
          method: request.method ?? 'GET',
          headers,
          ...(body === '' ? {} : { body }),
        });
        const text = await answer.text();
        if (request.method === 'PUT') {
          const cluster = decodeURIComponent(request.url?.split('/')[2] ?? '');
          const asked = (JSON.parse(body) as { desired_servers: number }).desired_servers;
          const before = desired.get(cluster) ?? null;
          const asking = {
            at: Date.now(),
            cluster,
            desired: asked,
            token: Number(token ?? 0),
            status: answer.status,
            before,
          };
          witness.askings.push(asking);
          if (answer.ok) {
            desired.set(cluster, asked);
            if (before !== asked) witness.changes.emit('change', asking);
          }
        }
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
      })().catch(() => response.destroy());
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    witness = new Witness(`http://127.0.0.1:${port}`, server);
    return witness;
  }

  /** Resolves once the count of one of these clusters was changed, before the requester gets the response. */
  async nextChange(clusters: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const look = ({ cluster }: Asking): void => {
        if (!clusters.includes(cluster)) return;
        this.changes.off('change', look);
        resolve();
      };
      this.changes.on('change', look);
    });
  }

  doubleActions(withinMs: number): Asking[] {
    return doubleActionsOf(this.askings, withinMs);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/**
 * Repeated scalings: carried out with an older token than an earlier one, or changing the count again within `withinMs`
 * of a change by another holder of the cluster.
 *
 * @param askings in order of arrival
 */
export function doubleActionsOf(askings: readonly Asking[], withinMs: number): Asking[] {
  const last = new Map<string, Asking>();
  return askings.filter((asking) => {
    if (asking.status >= 300) return false;
    const before = last.get(asking.cluster);
    const isChange = asking.before !== asking.desired;
    if (before === undefined || asking.token > before.token || isChange) last.set(asking.cluster, asking);
    if (before === undefined || before.token === asking.token) return false;
    return asking.token < before.token || (isChange && asking.at - before.at < withinMs);
  });
}
