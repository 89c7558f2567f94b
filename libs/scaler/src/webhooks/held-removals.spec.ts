import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AlertNotice } from './alert-outbox.js';
import { newsOfHeldRemovals } from './held-removals.js';

const notice = (id: string, state: 'raised' | 'cleared'): AlertNotice => ({
  id: '',
  cluster: { id, name: id, ownerId: 'ada' },
  at: 0,
  alert: { code: 'removals_held', severity: 'warning', state, message: '' },
});

/** Random order of clusters whose removals become held or released. */
const histories = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }).map((clusters) => {
  const held = new Set<string>();
  const notices = clusters.map((id) => {
    if (held.delete(id)) return notice(id, 'cleared');
    held.add(id);
    return notice(id, 'raised');
  });
  return notices;
});

const heldAfter = (notices: readonly AlertNotice[]): string[] => {
  const held = new Set<string>();
  for (const { cluster, alert } of notices) {
    if (alert.state === 'raised') held.add(cluster.id);
    else held.delete(cluster.id);
  }
  return [...held];
};

describe('held removals', () => {
  it('are one alert: the first cluster begins it and the last one ends it, in any order of recording', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat(40), { maxLength: 5 }), (notices, cuts) => {
        const sent: string[] = [];
        const ends = [...new Set([...cuts, notices.length])].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          const recorded = notices.slice(from, end);
          const news = newsOfHeldRemovals(recorded, heldAfter(notices.slice(0, end)));
          sent.push(...recorded.flatMap((one) => (news.has(one) ? [one.alert.state] : [])));
          from = Math.max(from, end);
        }
        const isHeld = heldAfter(notices).length > 0;
        expect(sent).toEqual(sent.map((_state, index) => (index % 2 === 0 ? 'raised' : 'cleared')));
        expect(sent.at(-1) ?? 'cleared').toBe(isHeld ? 'raised' : 'cleared');
        expect(sent.length > 0).toBe(notices.length > 0);
      }),
    );
  });
});
