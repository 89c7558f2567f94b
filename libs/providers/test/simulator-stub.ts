import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ProviderError } from '../src/sdk/index.js';
import type { InProcessSession } from './in-process.provider.js';

export interface SimulatorStub {
  readonly url: string;
  /** Each request, as `GET /clusters/web`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/**
 * The wire contract of the simulator over clusters of this process.
 *
 * @param bringsBoth whether it brings a cluster and its metrics together, as simulators of earlier releases do not
 */
export async function startSimulatorStub(session: InProcessSession, bringsBoth = true): Promise<SimulatorStub> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(session, request, response, bringsBoth).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        if (!(error instanceof ProviderError)) send(response, 500, { error: String(error) });
        else if (error.code === 'unreachable') response.destroy();
        else send(response, error.code === 'not_found' ? 404 : 409, { error: error.message, code: WORDS[error.code] });
      },
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

const WORDS: Readonly<Record<string, string>> = { fenced: 'stale_token', refused: 'scale_up_refused' };

async function answer(
  session: InProcessSession,
  request: IncomingMessage,
  response: ServerResponse,
  bringsBoth: boolean,
): Promise<object> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub');
  const [kind, name = ''] = pathname.slice(1).split('/');
  const id = decodeURIComponent(name);
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const call = { signal: closed.signal };
  const token = request.headers['x-fencing-token'];
  const cluster = { id, fence: typeof token === 'string' ? Number(token) : null };
  if (request.method === 'POST') {
    const { servers } = JSON.parse(await text(request)) as { servers: number };
    session.add(id, { servers });
  } else if (request.method === 'PUT') {
    const { desired_servers: desired } = JSON.parse(await text(request)) as { desired_servers: number };
    await session.setDesired(cluster, desired, call);
  } else {
    await session.readOne(cluster, call);
  }
  if (kind === 'metrics') return { ...measured(session, id), servers: usages(session, id) };
  const described = describe(session, id);
  if (!bringsBoth || searchParams.get('metrics') !== 'true') return described;
  const usage = new Map(usages(session, id).map((one) => [one.server_id, one]));
  const servers = described.servers.map((server) => ({ ...server, ...usage.get(server.server_id) }));
  return { ...described, ...measured(session, id), servers };
}

function describe(session: InProcessSession, id: string) {
  const world = session.world(id);
  return {
    id,
    desired_servers: world.desired,
    servers: world.servers.map((server) => ({
      server_id: server.id,
      state: server.state,
      created_at: new Date(server.createdAt).toISOString(),
      active_at: server.activeAt === null ? null : new Date(server.activeAt).toISOString(),
    })),
  };
}

function measured(session: InProcessSession, id: string) {
  const world = session.world(id);
  return { timestamp: new Date(world.now).toISOString(), totals: { request_rate: world.offeredLoad } };
}

function usages(session: InProcessSession, id: string) {
  return session.samplesOf(id).map(({ serverId, cpu, memory, requestRate }) => {
    return { server_id: serverId, cpu_usage: cpu, memory_usage: memory, request_load: requestRate };
  });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
