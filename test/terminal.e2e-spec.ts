import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { addWebCluster } from './support/page-system.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
let ada: ApiClient;
let id: string;

beforeAll(async () => {
  // As `npm start` sets it.
  system = await startSystem({ env: { AUTOSCALER_APP_MODE: 'development', AUTOSCALER_APP_LOG_LEVEL: 'warn' } });
  ada = await ApiClient.register(system.urls.api, 'ada');
  id = await addWebCluster(ada);
  await call(system.urls.simulator, 'POST', '/faults', { errors: 1 });
});
afterAll(async () => system?.stop());

const terminal = () => `${system.simulator.output}\n${system.autoscaler.output}`;

/** Numbers of Prometheus that grow with every failed request to the simulator. */
async function failures(): Promise<number> {
  const text = await (await fetch(`${system.urls.prometheus}/metrics`)).text();
  const counts = [...text.matchAll(/^autoscaler_collection_failures_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('a terminal during faults of the provider', () => {
  it('has no stack trace, and no line for each failed request', async () => {
    await eventually('several requests failed', async () => (await failures()) >= 5);
    expect(terminal()).not.toMatch(/^\s+at /m);
    expect(terminal()).not.toContain('injected');
  });

  it('has one line for a problem that is repeated, as a sentence', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, async () => ada.get(`/clusters/${id}/simulation`)));
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(500);
    const said = () => terminal().match(/GET \/clusters\/[-\da-f]+\/simulation was answered \d+: \S+/g) ?? [];
    await eventually('it is printed', () => said().length > 0);
    // A line that follows all others.
    await ada.get('/clusters');
    expect(said()).toHaveLength(1);
    expect(terminal()).not.toMatch(/^\s+at |request errored/m);
  });
});
