import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePorts, startSystem, type System } from '../support/programs.js';
import {
  apply,
  type Json,
  kubectl,
  pki,
  ready,
  replicasOf,
  SERVER,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';

/** The blocks of a language in docs/keda.md. */
function documented(language: string): readonly string[] {
  const blocks = readFileSync('docs/keda.md', 'utf8').matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```/gm);
  return [...blocks].flatMap(([, indent, name, text]) =>
    name === language ? [text!.replaceAll(new RegExp(`^${indent}`, 'gm'), '')] : [],
  );
}

describe('the five commands of docs/keda.md, with a real KEDA', () => {
  let system: System;
  let root: ApiClient;
  let namespace: string;
  let id: string;
  const count = () => replicasOf(namespace, 'frontend');
  const set = async (servers: number) =>
    expect(await root.post(`/clusters/${id}/scale`, { desired_servers: servers, hold_for: '10m' })).toMatchObject({
      status: 200,
    });
  /** Whether the HPA gets a count. */
  const scalingIs = async (status: 'True' | 'False') =>
    eventually(`ScalingActive is ${status}`, () => {
      const path = 'jsonpath={.status.conditions[?(@.type=="ScalingActive")].status}';
      return kubectl(['get', 'hpa', 'keda-hpa-frontend', '-n', namespace, '-o', path]) === status;
    });

  beforeAll(async () => {
    const { status } = spawnSync('bash', ['test/kubernetes/keda-up.sh'], { stdio: 'inherit' });
    expect(status).toBe(0);
    // Rights for watching are all that the service gets.
    const { token, namespace: own } = await tenant(WATCHING);
    namespace = own;
    const [port] = await freePorts(1);
    const file = (name: string) => join(process.env['RUN']!, 'pki', name);
    system = await startSystem({
      env: {
        AUTOSCALER_KEDA_ENABLED: 'true',
        AUTOSCALER_KEDA_PORT: String(port),
        AUTOSCALER_KEDA_TLS_CERT_FILE: file('metrics.crt'),
        AUTOSCALER_KEDA_TLS_KEY_FILE: file('metrics.key'),
        AUTOSCALER_KEDA_CLIENT_CA_FILE: file('ca.crt'),
        AUTOSCALER_COLLECTOR_ALLOWED_URLS: SERVER,
        AUTOSCALER_COLLECTOR_INTERVAL: '3s',
      },
    });
    root = await ApiClient.register(system.urls.api, 'root');
    apply(workload(namespace, 'frontend', { replicas: 2 }));
    await ready(namespace, 'frontend', 2);
    const connection = { name: 'prod', type: 'kubernetes', spec: { server: SERVER, ca: pki('ca.crt') } };
    await root.post('/connections', { ...connection, secrets: { token } });
    const definition = JSON.parse(
      documented('json')[0]!.replaceAll('"namespace": "web"', `"namespace": "${namespace}"`),
    ) as Json;
    const created = await root.post('/clusters', definition);
    expect(created).toMatchObject({ status: 201 });
    id = String(created.body['id']);
    const data = { 'ca.crt': pki('ca.crt'), 'tls.crt': pki('metrics.crt'), 'tls.key': pki('metrics.key') };
    apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'autoscaler-keda', namespace }, stringData: data });
    const objects = documented('yaml')
      .find((text) => text.includes('kind: ScaledObject'))!
      .replaceAll('namespace: web', `namespace: ${namespace}`)
      .replace(/scalerAddress: .*/, `scalerAddress: 127.0.0.1:${port}`)
      .replace(/cluster: .*/, `cluster: ${id}`);
    apply(...parseAllDocuments(objects).map((document) => document.toJS() as Json));
  });
  afterAll(async () => {
    await system?.stop();
    kubectl(['delete', 'scaledobject', '--all', '-n', namespace, '--ignore-not-found', '--timeout=30s']);
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  it('scale exactly to the count of the service, up and down', async () => {
    // With the default tolerance of 10 %, the steps from 20 to 22 and to 21 would change nothing.
    for (const servers of [20, 22, 21, 3]) {
      await set(servers);
      await eventually(`there are ${servers}`, () => count() === servers);
    }
    expect(kubectl(['describe', 'hpa', 'keda-hpa-frontend', '-n', namespace])).toContain('"s0-servers"');
    const { body } = await root.get<{ events: { outcome: string }[] }>(`/clusters/${id}/events`);
    expect(body.events.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  it('leave the count unchanged while the policy only recommends, or the service cannot be reached', async () => {
    await root.put(`/clusters/${id}`, { policy: { mode: 'recommend', threshold: {} } });
    await eventually('KEDA shows the reason', () =>
      kubectl(['get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].message}']).includes('only recommends'),
    );
    await scalingIs('False');
    expect(count()).toBe(3);
    await root.put(`/clusters/${id}`, { policy: { mode: 'act', threshold: {} } });
    await scalingIs('True');
    await system.autoscaler.stop();
    await scalingIs('False');
    expect(count()).toBe(3);
  });
});
