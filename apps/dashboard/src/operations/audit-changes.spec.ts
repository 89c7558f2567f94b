import { describe, expect, it } from '@jest/globals';
import { changesOf } from './audit-changes';

const NOW = Date.parse('2026-01-05T12:00:00Z');
const ID = '0b8e7a2c-6a0e-4c57-9d6f-0e6ad2f1c111';

describe('the changes of an audit entry', () => {
  it('are the changed fields only, by the labels of the forms', () => {
    const before = {
      id: ID,
      name: 'web',
      min_servers: 2,
      max_servers: 10,
      updated_at: '2026-01-05T11:00:00.000Z',
      policy: { slo: { violations: '1%' }, target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } },
    };
    const after = {
      id: ID,
      name: 'web',
      min_servers: 2,
      max_servers: 2000,
      updated_at: '2026-01-05T11:30:00.000Z',
      policy: { slo: { violations: '0.5%' }, target_tracking: { metrics: [{ metric: 'cpu', target: 70 }] } },
    };
    expect(changesOf('cluster.update', before, after, NOW)).toEqual([
      { field: 'Maximum', before: '10', after: '2,000' },
      { field: 'Slow requests', before: '1%', after: '0.5%' },
      { field: 'Target', before: '60', after: '70' },
    ]);
  });

  it('show the count before and after a manual change, and until when it is held', () => {
    const after = { desired_servers: 6, until: '2026-01-05T12:15:00.000Z', by: 'ada' };
    expect(changesOf('cluster.scale', { desired_servers: 3 }, after, NOW)).toEqual([
      { field: 'Servers', before: '3', after: '6' },
      { field: 'Held until', before: null, after: expect.stringMatching(/:15:00$/) as unknown },
    ]);
    expect(changesOf('cluster.scale.release', after, null, NOW)[0]).toEqual({
      field: 'Servers',
      before: '6',
      after: null,
    });
  });

  it('of a creation are its values, and a deletion has none', () => {
    const cluster = { id: ID, name: 'web', min_servers: 2, config: {}, hold: null, status: 'active' };
    expect(changesOf('cluster.create', null, cluster, NOW)).toEqual([
      { field: 'Minimum', before: null, after: '2' },
      { field: 'Status', before: null, after: 'active' },
    ]);
    expect(changesOf('cluster.delete', cluster, null, NOW)).toEqual([]);
  });

  it('count clusters instead of listing their ids, and name fields without a label in words', () => {
    expect(changesOf('connection.import', null, { name: 'k', created: [ID, ID], skipped: 1 }, NOW)).toEqual([
      { field: 'Added', before: null, after: '2 clusters' },
      { field: 'Skipped', before: null, after: '1' },
    ]);
    expect(changesOf('connection.update', { spec: { api_server: 'a' } }, { spec: { api_server: 'b' } }, NOW)).toEqual([
      { field: 'Spec api server', before: 'a', after: 'b' },
    ]);
  });
});
