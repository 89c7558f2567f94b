import { describe, expect, it } from '@jest/globals';
import { nowOf } from './now';
import type { Overview, Seen } from './overview';

const EURO = { per_server_hour: 0.5, currency: 'EUR' };

function cluster(change: Partial<Omit<Seen, 'overview'>>, cost: Overview['cost'] = null): Seen {
  return {
    active: 4,
    provisioning: 0,
    draining: 0,
    max: 10,
    state: { level: 'ok', code: null, message: null, since: null },
    activity: 'steady',
    ...change,
    overview: { cost },
  } as Seen;
}

const level = (name: Seen['state']['level']): Seen['state'] => ({
  level: name,
  code: null,
  message: null,
  since: null,
});

describe('the figures of now', () => {
  it('count clusters by what they need and do', () => {
    const now = nowOf([
      cluster({ state: level('critical'), activity: 'held' }),
      cluster({ state: level('attention') }),
      cluster({ activity: 'scaling' }),
      cluster({ activity: 'paused' }),
    ]);
    expect(now).toMatchObject({ count: 4, attention: 2, critical: 1, scaling: 1, held: 1 });
  });

  it('add all servers that exist, and say of how many clusters they are not known', () => {
    const now = nowOf([cluster({ active: 4, provisioning: 2, draining: 1 }), cluster({ active: null, max: 5 })]);
    expect(now).toMatchObject({ servers: 7, unknown: 1, allowed: 15 });
  });

  it('have a cost only of clusters whose cost and servers are known', () => {
    const now = nowOf([
      cluster({ active: 4, provisioning: 2 }, EURO),
      cluster({ active: null }, EURO),
      cluster({}, null),
      cluster({ active: 0 }, { per_server_hour: 1, currency: 'USD' }),
    ]);
    expect(now.costs).toEqual([
      { amount: 3, currency: 'EUR' },
      { amount: 0, currency: 'USD' },
    ]);
    expect(now.withoutCost).toBe(2);
  });
});
