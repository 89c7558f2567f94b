import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';

const BREAK_MS = 15_000;
const NONE: ReadonlySet<string> = new Set();

function started(breakAfter = 5, connections = 64) {
  const clock = { now: 0 };
  const breaker = new CircuitBreaker({ breakAfter, breakMs: BREAK_MS, connections }, () => clock.now);
  /** `false`: not asked. */
  const ask = (id: string, fails: boolean): boolean => {
    const { ids: admitted, done } = breaker.admit([id]);
    done(fails ? new Set(admitted) : NONE);
    return admitted.length > 0;
  };
  return { clock, breaker, ask };
}

const ids = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => prefix + index);

describe('the circuit of an endpoint', () => {
  it('blinds none of 40 healthy clusters, however 8 others fail', () => {
    const { clock, breaker, ask } = started();
    let refused = 0;
    for (let round = 0; round < 12; round += 1) {
      for (const id of ids('sick', 8)) ask(id, true);
      for (const id of ids('well', 40)) if (!ask(id, false)) refused += 1;
      for (const id of ids('sick', 8)) ask(id, true);
      clock.now += 10_000;
    }
    expect(refused).toBe(0);
    expect(breaker.state()).toBe('closed');
  });

  it('opens when requests for all its clusters fail, and closes with the first answer', () => {
    const { clock, breaker, ask } = started();
    ask('a', false);
    for (let count = 0; count < 10; count += 1) ask('b', true);
    expect(breaker.state()).toBe('closed');
    ask('a', true);
    expect(breaker.state()).toBe('open');
    expect(ask('a', true)).toBe(false);
    clock.now += BREAK_MS;
    expect(ask('b', false)).toBe(true);
    expect(breaker.state()).toBe('closed');
    expect(ask('a', false)).toBe(true);
  });

  it('gives each cluster a trial of its own, so that none that stays broken keeps the others out', () => {
    const { clock, ask } = started();
    for (let count = 0; count < 3; count += 1) for (const id of ['broken', 'mended']) ask(id, true);
    clock.now += BREAK_MS;
    expect(ask('broken', true)).toBe(true);
    expect(ask('mended', false)).toBe(true);
  });

  it('admits a new cluster while others fail', () => {
    const { ask } = started();
    for (let count = 0; count < 6; count += 1) ask('a', true);
    expect(ask('a', true)).toBe(false);
    expect(ask('new', false)).toBe(true);
  });

  it('counts a request once, and stays closed below the number of failures', () => {
    const { breaker, ask } = started(5);
    for (let count = 0; count < 4; count += 1) ask('a', true);
    expect(breaker.state()).toBe('closed');
    ask('a', true);
    expect(breaker.state()).toBe('open');
  });

  it('lets clusters that hang take a quarter of the connections, each in its turn', () => {
    const { clock, breaker, ask } = started(1000, 8);
    ask('well', false);
    for (const id of ids('hung', 6)) ask(id, true);
    const asked = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      clock.now += 10_000;
      const hung = ids('hung', 6).map((id) => breaker.admit([id]));
      expect(ask('well', false)).toBe(true);
      const taken = hung.flatMap(({ ids: admitted }) => admitted);
      expect(taken).toHaveLength(2);
      for (const { ids: admitted, done } of hung) done(new Set(admitted));
      taken.forEach((id) => asked.add(id));
    }
    expect([...asked].sort()).toEqual(ids('hung', 6));
  });

  it('forgets clusters that are gone', () => {
    const { clock, breaker, ask } = started(2);
    ask('gone', false);
    clock.now += 3_700_000;
    ask('a', true);
    ask('a', true);
    expect(breaker.state()).toBe('open');
  });

  describe('of a connection that reads many clusters at once', () => {
    const all = ids('c', 500);

    it('counts a request once, however many clusters it was for', () => {
      const { breaker } = started(2);
      for (const expected of ['closed', 'open']) {
        const { ids: admitted, done } = breaker.admit(all);
        done(new Set(admitted));
        expect(breaker.state()).toBe(expected);
      }
      expect(breaker.admit(all).ids).toEqual([]);
    });

    it('tries all of them with one request, and is well again at once', () => {
      const { clock, breaker } = started(1, 4);
      breaker.admit(all).done(new Set(all));
      clock.now += BREAK_MS;
      const { ids: admitted, done } = breaker.admit(all);
      expect(admitted).toEqual(all);
      // A second request finds the trial under way.
      expect(breaker.admit(all).ids).toEqual([]);
      done(NONE);
      expect(breaker.state()).toBe('closed');
      expect(breaker.admit(all).ids).toEqual(all);
    });

    it('leaves out those that fail and have no turn, and none of the others', () => {
      const { breaker } = started(1, 4);
      breaker.admit(['a', 'b', 'c']).done(new Set(['b']));
      const trial = breaker.admit(['b']);
      expect(trial.ids).toEqual(['b']);
      expect(breaker.admit(['a', 'b', 'c']).ids).toEqual(['a', 'c']);
      trial.done(NONE);
      expect(breaker.admit(['a', 'b', 'c']).ids).toEqual(['a', 'b', 'c']);
    });
  });
});
