import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type JournalLine, parseJournal, printJournal } from './journal-line.js';

const intent = fc
  .record({
    id: fc.uuid(),
    clusterId: fc.uuid(),
    at: fc.integer({ min: 0 }),
    desired: fc.nat(1000),
    reason: fc.string({ unit: 'binary' }),
  })
  .map(({ id, clusterId, at, desired, reason }): JournalLine => {
    const event = {
      id,
      clusterId,
      at,
      finishedAt: null,
      action: 'SCALE_UP',
      serversBefore: 1,
      serversAfter: null,
      desired,
      policy: 'threshold',
      code: 'high',
      reason,
      outcome: 'pending',
      error: null,
    } as const;
    const decision = { at, action: 'SCALE_UP', desired, steps: [{ code: 'high', reason }] } as never;
    return { kind: 'intent', event, decision: { id, clusterId, policyRole: 'acting', theirs: null, decision } };
  });
const state = fc
  .record({ clusterId: fc.uuid(), tickedAt: fc.nat(), desired: fc.nat(100) })
  .map((known): JournalLine => {
    const row = { ...known, engineState: {}, tracking: { servers: [] } } as never;
    return { kind: 'tick', state: row, outcomes: [] };
  });
const journals = fc.array(fc.oneof(intent, state), { maxLength: 8 });

describe('the lines of a journal', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(journals, (lines) => {
        expect(parseJournal(printJournal(lines))).toEqual({
          lines: JSON.parse(JSON.stringify(lines)),
          damaged: 0,
          isTorn: false,
        });
      }),
    );
  });

  it('before a torn one are read, wherever it is cut', () => {
    fc.assert(
      fc.property(journals, fc.nat(), (lines, position) => {
        const text = printJournal(lines);
        const cut = text === '' ? 0 : position % text.length;
        const whole = text.slice(0, cut).split('\n').length - 1;
        const { lines: read, damaged } = parseJournal(text.slice(0, cut));
        // Only the line break may be missing.
        expect([whole, whole + 1]).toContain(read.length);
        expect(read).toEqual(JSON.parse(JSON.stringify(lines.slice(0, read.length))));
        expect(damaged).toBe(0);
      }),
    );
  });

  it.each([
    '{"kind":"intent"}',
    '{"kind":"other"}',
    'null',
    '[]',
    '{"kind":"tick","state":{"clusterId":"no id","tickedAt":1,"engineState":{}},"outcomes":[]}',
  ])('are skipped and counted where they are none: %s', (text) => {
    expect(parseJournal(`${text}\n`)).toEqual({ lines: [], damaged: 1, isTorn: false });
  });
});
