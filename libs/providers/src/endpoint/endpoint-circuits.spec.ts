import { describe, expect, it } from '@jest/globals';
import { CircuitOpenError, EndpointCircuits } from './endpoint-circuits.js';

const BREAK_MS = 15_000;
const ENDPOINT = 'http://one';

class Trouble extends Error {}

function started(breakAfter = 5, connections = 64) {
  const clock = { now: 0 };
  const circuits = new EndpointCircuits({ breakAfter, breakMs: BREAK_MS, connections }, () => clock.now);
  const isFailure = (error: unknown): boolean => error instanceof Trouble;
  /** `false`: not asked. */
  const ask = async (id: string, fails: boolean): Promise<boolean> =>
    circuits
      .run(
        ENDPOINT,
        id,
        async () => {
          if (fails) throw new Trouble();
        },
        isFailure,
      )
      .then(
        () => true,
        (error: unknown) => !(error instanceof CircuitOpenError),
      );
  /** Requests that end when they are told to. */
  const hang = (id: string): { readonly asked: Promise<boolean>; readonly end: () => void } => {
    let end = (): void => undefined;
    const hung = new Promise<never>((_resolve, reject) => {
      end = () => reject(new Trouble());
    });
    // One that is not asked for is awaited by nobody.
    hung.catch(() => undefined);
    const asked = circuits
      .run(ENDPOINT, id, async () => hung, isFailure)
      .then(
        () => true,
        (error: unknown) => !(error instanceof CircuitOpenError),
      );
    return { asked, end };
  };
  return { clock, circuits, ask, hang };
}

const ids = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => prefix + index);

describe('the circuit of an endpoint', () => {
  it('blinds none of 40 healthy clusters, however 8 others fail', async () => {
    const { clock, circuits, ask } = started();
    let refused = 0;
    for (let round = 0; round < 12; round += 1) {
      for (const id of ids('sick', 8)) await ask(id, true);
      for (const id of ids('well', 40)) if (!(await ask(id, false))) refused += 1;
      for (const id of ids('sick', 8)) await ask(id, true);
      clock.now += 10_000;
    }
    expect(refused).toBe(0);
    expect(circuits.stateOf(ENDPOINT)).toBe('closed');
  });

  it('opens when requests for all its clusters fail, and closes with the first answer', async () => {
    const { clock, circuits, ask } = started();
    await ask('a', false);
    for (let count = 0; count < 10; count += 1) await ask('b', true);
    expect(circuits.open()).toEqual([]);
    await ask('a', true);
    expect(circuits.open()).toEqual([ENDPOINT]);
    expect(await ask('a', true)).toBe(false);
    clock.now += BREAK_MS;
    expect(await ask('b', false)).toBe(true);
    expect(circuits.open()).toEqual([]);
    expect(await ask('a', false)).toBe(true);
  });

  it('gives each cluster a trial of its own, so that none that stays broken keeps the others out', async () => {
    const { clock, ask } = started();
    for (let count = 0; count < 3; count += 1) for (const id of ['broken', 'mended']) await ask(id, true);
    clock.now += BREAK_MS;
    expect(await ask('broken', true)).toBe(true);
    expect(await ask('mended', false)).toBe(true);
  });

  it('asks for a cluster that is new, whatever becomes of the others', async () => {
    const { ask } = started();
    for (let count = 0; count < 6; count += 1) await ask('a', true);
    expect(await ask('a', true)).toBe(false);
    expect(await ask('new', false)).toBe(true);
  });

  it('counts a request once, and stays closed below the number of failures', async () => {
    const { circuits, ask } = started(5);
    for (let count = 0; count < 4; count += 1) await ask('a', true);
    expect(circuits.stateOf(ENDPOINT)).toBe('closed');
    await ask('a', true);
    expect(circuits.stateOf(ENDPOINT)).toBe('open');
  });

  it('lets clusters that hang take a quarter of the connections, each in its turn', async () => {
    const { clock, ask, hang } = started(1000, 8);
    await ask('well', false);
    for (const id of ids('hung', 6)) await ask(id, true);
    const asked = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      clock.now += 10_000;
      const hung = ids('hung', 6).map((id) => ({ id, ...hang(id) }));
      expect(await ask('well', false)).toBe(true);
      hung.forEach(({ end }) => end());
      const outcomes = await Promise.all(hung.map(async ({ id, asked: was }) => ({ id, was: await was })));
      const taken = outcomes.filter(({ was }) => was).map(({ id }) => id);
      expect(taken).toHaveLength(2);
      taken.forEach((id) => asked.add(id));
    }
    expect([...asked].sort()).toEqual(ids('hung', 6));
  });

  it('forgets clusters that are gone', async () => {
    const { clock, circuits, ask } = started(2);
    await ask('gone', false);
    clock.now += 3_700_000;
    await ask('a', true);
    await ask('a', true);
    expect(circuits.stateOf(ENDPOINT)).toBe('open');
  });
});
