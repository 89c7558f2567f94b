// A provider whose clusters are files: {"servers": [{"id": "a", "state": "ACTIVE", "cpu": 40}], "desired": 1, "limit":
// 20}. An external program starts and stops servers: it reads `desired` and keeps `servers` up to date.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineProvider, ProviderError, readEach, z } from '@autoscaler/provider-sdk';

const FOLDER = process.env.PROVIDER_FILE_FOLDER ?? '.data/clusters';
const fields = z.strictObject({
  file: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .optional()
    .meta({ title: 'File', description: 'without .json; default its id' }),
});
const nameOf = ({ file }, id) => file ?? id;
const pathOf = ({ id, target, metrics }) => join(FOLDER, `${nameOf(target ?? metrics ?? {}, id)}.json`);

async function load(cluster, signal) {
  try {
    return JSON.parse(await readFile(pathOf(cluster), { encoding: 'utf8', signal }));
  } catch (cause) {
    throw new ProviderError(cause.code === 'ENOENT' ? 'not_found' : 'unreachable', 'cannot read its file', { cause });
  }
}

async function readOne(cluster, signal) {
  const { servers, desired } = await load(cluster, signal);
  const at = Date.now();
  const active = servers.filter(({ state }) => state === 'ACTIVE');
  const samples = active.map(({ id, cpu = null }) => ({ serverId: id, at, cpu, memory: null, requestRate: null }));
  return { at, servers: servers.map(({ id, state }) => ({ id, state })), desired, samples };
}

async function setDesired(cluster, desired, { signal }) {
  const state = await load(cluster, signal);
  if (desired > state.limit) throw new ProviderError('no_capacity', `no more than ${state.limit} servers are possible`);
  const kept = state.servers.slice(0, desired);
  const started = Array.from({ length: desired - kept.length }, () => ({
    id: crypto.randomUUID(),
    state: 'PROVISIONING',
  }));
  const next = { ...state, desired, servers: [...kept, ...started] };
  await writeFile(`${pathOf(cluster)}.new`, JSON.stringify(next), { signal });
  await rename(`${pathOf(cluster)}.new`, pathOf(cluster));
  return next;
}

export default defineProvider({
  type: 'file',
  apiVersion: 1,
  title: 'State in a file',
  connection: { spec: z.strictObject({}), address: () => `file:${FOLDER}` },
  target: { spec: fields, capabilities: { fencing: false, statesDesired: true, partial: false }, nameOf },
  metrics: { spec: fields, capabilities: { totals: false }, nameOf },
  open: () => ({
    read: (clusters, { signal }) => readEach(clusters, (cluster) => readOne(cluster, signal)),
    setDesired,
    async close() {},
  }),
});
