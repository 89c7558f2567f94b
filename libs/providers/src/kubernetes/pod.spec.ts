import { describe, expect, it } from '@jest/globals';
import { podOf, serverOf } from './pod.js';

const READY_AT = '2026-01-01T10:00:30Z';
const CREATED = '2026-01-01T10:00:00Z';

function pod(status: object, metadata: object = {}, spec: object = {}): object {
  return { metadata: { name: 'web-1', creationTimestamp: CREATED, ...metadata }, spec, status };
}

const condition = (type: string, status: string, more: object = {}) => ({
  type,
  status,
  lastTransitionTime: READY_AT,
  ...more,
});
const READY = { phase: 'Running', conditions: [condition('Ready', 'True')] };

describe('a pod as a server', () => {
  it.each<[string, object, object, string]>([
    ['that is ready', READY, {}, 'ACTIVE'],
    ['that waits', { phase: 'Pending' }, {}, 'PROVISIONING'],
    ['that is not ready', { phase: 'Running', conditions: [condition('Ready', 'False')] }, {}, 'PROVISIONING'],
    ['that was evicted', { phase: 'Failed', conditions: [condition('Ready', 'True')] }, {}, 'TERMINATED'],
    ['that is done', { phase: 'Succeeded' }, {}, 'TERMINATED'],
    ['that is being deleted', READY, { deletionTimestamp: READY_AT }, 'DRAINING'],
    ['that is being deleted and failed', { phase: 'Failed' }, { deletionTimestamp: READY_AT }, 'TERMINATED'],
    ['of a node that is gone', { phase: 'Unknown', conditions: [condition('Ready', 'Unknown')] }, {}, 'PROVISIONING'],
    ['without a status', {}, {}, 'PROVISIONING'],
  ])('%s', (_name, status, metadata, state) => {
    expect(podOf(pod(status, metadata)).state).toBe(state);
  });

  it('is active since it became ready, by our clock', () => {
    const server = serverOf(podOf(pod(READY)), 10_000);
    expect(server).toMatchObject({ id: 'web-1', activeAt: Date.parse(READY_AT) - 10_000 });
    expect(serverOf(podOf(pod({ phase: 'Pending' })), 0).activeAt).toBeNull();
  });

  it('says in the words of the scheduler why no node takes it', () => {
    const message = '0/3 nodes are available: 3 Insufficient cpu.';
    const conditions = [condition('PodScheduled', 'False', { reason: 'Unschedulable', message })];
    expect(podOf(pod({ phase: 'Pending', conditions })).unschedulable).toBe(message);
    expect(podOf(pod(READY)).unschedulable).toBeNull();
  });

  it('knows what its containers ask for, sidecars among them and init containers not', () => {
    const spec = {
      containers: [{ name: 'main', resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1' } } }],
      initContainers: [
        { name: 'proxy', restartPolicy: 'Always', resources: { requests: { cpu: '0' } } },
        { name: 'setup', resources: { requests: { cpu: '2' } } },
      ],
    };
    expect(podOf(pod(READY, {}, spec)).containers).toEqual([
      { name: 'main', cpu: { request: 0.1, limit: 1 }, memory: { request: 67_108_864, limit: null } },
      { name: 'proxy', cpu: { request: null, limit: null }, memory: { request: null, limit: null } },
    ]);
  });
});
