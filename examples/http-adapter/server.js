// An adapter in 40 lines. Its clusters are objects in memory: { desired, limit, servers: [{ id, state, cpu }] }.
// Replace what it does with them by calls of your system.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

function isSigned(key, { method, url, headers }, body) {
  const { 'x-autoscaler-timestamp': time, 'idempotency-key': id = '', 'x-fencing-token': fence = '' } = headers;
  const signed = ['v1', time, method, url, id, fence, body].join('\n');
  const expected = Buffer.from(`sha256=${createHmac('sha256', key).update(signed).digest('hex')}`);
  const signature = Buffer.from(headers['x-autoscaler-signature'] ?? '');
  const isFresh = Math.abs(Date.now() / 1000 - time) <= 300;
  return isFresh && signature.length === expected.length && timingSafeEqual(signature, expected);
}

function scale(cluster, desired) {
  const { servers, limit } = cluster;
  if (desired > servers.length && servers.length >= limit) return `the limit is ${limit} servers`;
  const add = () => ({ id: randomUUID(), state: 'PROVISIONING', cpu: null });
  cluster.servers = Array.from({ length: Math.min(desired, limit) }, (_, index) => servers[index] ?? add());
  cluster.desired = desired;
}

/** @param clusters a Map by name */
export function createAdapter(key, clusters) {
  const done = new Set();
  const answer = async (request, response) => {
    const send = (status, body) => response.writeHead(status).end(JSON.stringify(body));
    const [{ method, url, headers }, body] = [request, await text(request)];
    if (!isSigned(key, request, body)) return send(401, { error: 'wrong signature or clock' });
    if (url === '/') return send(200, { name: 'example', version: '1' });
    const cluster = clusters.get(decodeURIComponent(url.split('/')[2] ?? ''));
    if (cluster === undefined) return send(404, { error: 'no such cluster' });
    const fence = Number(headers['x-fencing-token'] ?? cluster.fence ?? 0);
    if (fence < (cluster.fence ?? 0)) return send(409, { code: 'fenced', error: 'a newer instance is in charge' });
    cluster.fence = fence;
    const id = headers['idempotency-key'];
    const refused = method !== 'PUT' || done.has(id) ? undefined : scale(cluster, JSON.parse(body).desired);
    if (refused !== undefined) return send(409, { code: 'no_capacity', error: refused });
    if (method === 'PUT') done.add(id);
    setTimeout(() => done.delete(id), 600_000).unref();
    const active = cluster.servers.filter(({ state }) => state === 'ACTIVE');
    const samples = active.map((server) => ({ server_id: server.id, cpu: server.cpu }));
    send(200, url.endsWith('/metrics') ? { samples } : { desired: cluster.desired, servers: cluster.servers });
  };
  return createServer((request, response) => void answer(request, response));
}
