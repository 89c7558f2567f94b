import { describe, expect, it } from '@jest/globals';
import { HistoryQuery, validationPipe } from '#http';
import { DecisionsQuery } from './decisions/decision.dto.js';
import { ManualScalingRequest } from './manual-scaling/manual-scaling.dto.js';

describe('queries and bodies of routes', () => {
  const pipe = validationPipe();
  const query = async (metatype: typeof HistoryQuery, value: object) =>
    pipe.transform(value, { type: 'query', metatype }) as Promise<unknown>;
  const body = async (value: object) =>
    pipe.transform(value, { type: 'body', metatype: ManualScalingRequest }) as Promise<unknown>;

  it('parses a history query', async () => {
    expect(await query(HistoryQuery, {})).toEqual({ limit: 100 });
    expect(await query(HistoryQuery, { limit: '5', from: '2026-01-05T12:00:00Z' })).toEqual({
      limit: 5,
      from: '2026-01-05T12:00:00Z',
    });
    expect(await query(HistoryQuery, { range: '24h', limit: '50' })).toEqual({ range: '24h', limit: 50 });
  });

  it('parses a decision query', async () => {
    expect(await query(DecisionsQuery, { action: 'SCALE_UP,SCALE_DOWN', steps: 'true' })).toEqual({
      limit: 100,
      action: ['SCALE_UP', 'SCALE_DOWN'],
      steps: true,
    });
    expect(await query(DecisionsQuery, { steps: 'false' })).toEqual({ limit: 100, steps: false });
  });

  it.each([
    { limit: '0' },
    { limit: '1001' },
    { limit: '0x10' },
    { limit: '' },
    { from: 'yesterday' },
    { to: '12' },
    { range: 'a day' },
    { range: '0s' },
    { action: 'UP' },
    { steps: 'maybe' },
  ])('rejects %j', async (value) => {
    await expect(query(DecisionsQuery, value)).rejects.toMatchObject({ status: 400 });
  });

  it('parses a manual scaling request', async () => {
    const request = { desired_servers: 4, hold_for: '15m' };
    expect(await body(request)).toEqual(request);
  });

  it.each([
    {},
    { desired_servers: '4 ' },
    { desired_servers: 1.5 },
    { desired_servers: -1 },
    { desired_servers: 4, hold_for: 15 },
  ])('rejects the body %j', async (value) => {
    await expect(body(value)).rejects.toMatchObject({ status: 400 });
  });
});
