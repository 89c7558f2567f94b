import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ProviderError } from '../src/ports/scale-target.js';
import type { TargetCluster } from '../src/ports/scale-target.js';
import type { InProcessScaleTarget } from './in-process.scale-target.js';

/** The wire contract of the simulator over clusters of this process. */
export async function startSimulatorStub(
  target: InProcessScaleTarget,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    answer(target, request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        if (!(error instanceof ProviderError)) send(response, 500, { error: String(error) });
        else if (error.kind === 'unreachable') response.destroy();
        else send(response, error.message.startsWith('there is no') ? 404 : 409, { error: error.message });
      },
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function answer(target: InProcessScaleTarget, request: IncomingMessage): Promise<unknown> {
  const id = decodeURIComponent((request.url ?? '').split('/')[2] ?? '');
  const cluster: TargetCluster = { id, provider: { type: 'simulator' } };
  const closed = new AbortController();
  request.socket.once('close', () => closed.abort());
  const fence = request.headers['x-fencing-token'];
  const token = typeof fence === 'string' ? Number(fence) : undefined;
  if (request.method === 'POST') {
    const { servers } = JSON.parse(await text(request)) as { servers: number };
    target.add(id, { servers });
  } else if (request.method === 'PUT') {
    const { desired_servers: desired } = JSON.parse(await text(request)) as { desired_servers: number };
    await target.setDesired(cluster, desired, closed.signal, token);
  } else {
    await target.read(cluster, closed.signal, token);
  }
  const world = target.world(id);
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

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
