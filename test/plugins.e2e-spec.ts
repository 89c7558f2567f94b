import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

const EXAMPLE = resolve('examples/provider-file/index.js');

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly provider: object;
  readonly ticked_at: string | null;
}

describe('a provider that is a plugin', () => {
  let folder: string;
  let system: System;
  let ada: ApiClient;
  let plugin: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plugins-e2e-'));
    plugin = join(folder, 'plugin.mjs');
    await writeFile(plugin, `export { default } from ${JSON.stringify(EXAMPLE)};`);
    system = await startSystem({ env: { AUTOSCALER_PROVIDERS_PLUGINS: plugin, PROVIDER_FILE_FOLDER: folder } });
    ada = await ApiClient.register(system.urls.api, 'ada');
  });
  afterAll(async () => {
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const stateOf = async (name: string): Promise<{ desired: number; servers: { state: string }[] }> =>
    JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as never;
  const statusOf = async (id: string): Promise<Shown> => (await ada.get<Shown>(`/clusters/${id}/status`)).body;

  it('is listed with the others, and documented', async () => {
    const { body } = await ada.get<{ providers: { type: string; schema: { properties: object } }[] }>('/providers');
    expect(body.providers.map(({ type }) => type)).toContain('simulator');
    expect(body.providers.find(({ type }) => type === 'file')).toMatchObject({
      title: 'State in a file',
      api_version: 1,
      batching: false,
      schema: { properties: { type: { enum: ['file'] }, file: { type: 'string', title: 'File' } }, required: ['type'] },
      target: { capabilities: { fencing: false, states_desired: true, partial: false, compare_and_set: false } },
      metrics: { capabilities: { totals: false } },
    });
    expect((await call(system.urls.api, 'GET', '/providers')).status).toBe(401);
    const { body: document } = await call<{ components: { schemas: object } }>(
      system.urls.api,
      'GET',
      '/swagger/doc.json',
    );
    expect(document.components.schemas).toHaveProperty('FileProvider.properties.file');
  });

  it('reports errors of a cluster in its own terms', async () => {
    const cluster = { name: 'wrong', min_servers: 1, max_servers: 5 };
    const refused = await ada.post<{ details: object[] }>('/clusters', {
      ...cluster,
      provider: { type: 'file', file: '../secrets' },
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(refused.body.details).toEqual([{ field: 'provider.file', error: expect.stringMatching(/^file /) }]);
  });

  it('scales its clusters; without it they are in error and other clusters work', async () => {
    const servers = ['a', 'b'].map((id) => ({ id, state: 'ACTIVE', cpu: 50 }));
    await writeFile(join(folder, 'web.json'), JSON.stringify({ desired: 2, servers }));
    const rest = { min_servers: 3, max_servers: 5, config: { interval: '200ms' } };
    const provider = { metrics: { type: 'file', file: 'web' }, target: { type: 'file', file: 'web' } };
    const created = await ada.post<Shown>('/clusters', { ...rest, name: 'web', provider });
    expect(created).toMatchObject({ status: 201, body: { provider } });
    const simulated = { type: 'simulator', simulated: { servers: 3 } };
    const neighbor = (await ada.post<Shown>('/clusters', { ...rest, name: 'neighbor', provider: simulated })).body;
    await eventually('the cluster is scaled to its minimum', async () => (await stateOf('web')).desired === 3);
    expect((await stateOf('web')).servers.map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE', 'PROVISIONING']);

    await system.autoscaler.stop();
    await writeFile(
      plugin,
      `import file from ${JSON.stringify(EXAMPLE)}; export default { ...file, type: 'another_file' };`,
    );
    await system.autoscaler.start();
    const lost = await eventually('the cluster is in error', async (): Promise<Shown | null> => {
      const status = await statusOf(created.body.id);
      return status.status === 'error' ? status : null;
    });
    expect(lost.status_reason).toBe(
      'Cannot read the servers (no provider of the type "file" is loaded: add its package to providers.plugins, or change the provider). Servers stay as they are.',
    );
    expect((await ada.get<Shown>(`/clusters/${created.body.id}`)).body.provider).toEqual(provider);
    const { ticked_at: before } = await statusOf(neighbor.id);
    await eventually('the neighbor is ticked', async () => (await statusOf(neighbor.id)).ticked_at !== before);
    expect(await statusOf(neighbor.id)).toMatchObject({ status: 'active' });

    // Fields other than the provider can still be changed, and another provider repairs the cluster.
    expect(await ada.put(`/clusters/${created.body.id}`, { max_servers: 9 })).toMatchObject({ status: 200 });
    expect((await ada.put(`/clusters/${created.body.id}`, { provider: simulated })).status).toBe(200);
    await eventually('the cluster is well', async () => (await statusOf(created.body.id)).status === 'active');
  });
});
