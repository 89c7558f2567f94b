import { describe, expect, it } from '@jest/globals';
import { takenOverWords } from './taken-over';

const NOW = new Date(2026, 10, 30, 12).getTime();
const TAKEN = { since: new Date(2026, 10, 28, 9).toISOString(), by: 'ada', objects: ['HorizontalPodAutoscaler web'] };

describe('a take-over on the page of its cluster', () => {
  it('is not mentioned where there is none', () => {
    expect(takenOverWords({ taken_over: null, policy: {} }, NOW)).toBeNull();
  });

  it('names what is switched off, by whom, and the way back', () => {
    expect(takenOverWords({ taken_over: TAKEN, policy: { mode: 'act' } }, NOW)).toBe(
      'Taken over from HorizontalPodAutoscaler web by ada, 28 Nov, 09:00:00: this service sets the number of servers. ' +
        'To give it back: POST /clusters/:id/hand-back.',
    );
  });

  it('is not complete while the service only recommends', () => {
    expect(takenOverWords({ taken_over: TAKEN, policy: { mode: 'recommend' } }, NOW)).toContain(
      'is not restored completely',
    );
  });
});
