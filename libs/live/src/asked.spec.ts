import { describe, expect, it } from '@jest/globals';
import { answerer, asked } from './asked.js';

describe('what a client asks for', () => {
  it('is read out of its message, and nothing else is kept of it', () => {
    const body = { cluster_id: 'a', last_event_id: 'p-1', detail: 'summary', padding: 'x'.repeat(1_000_000) };
    expect(asked(body)).toEqual({ clusterId: 'a', lastEventId: 'p-1', detail: 'summary' });
  });

  it.each([
    null,
    undefined,
    7,
    'text',
    [],
    {},
    { cluster_id: 7, last_event_id: {}, detail: null },
    { cluster_id: 'x'.repeat(257) },
  ])('is nothing where the message is %j', (body) => {
    expect(asked(body)).toEqual({ clusterId: '', lastEventId: undefined, detail: undefined });
  });

  it('is answered where the client wants an answer', () => {
    const answers: object[] = [];
    answerer((answer: object) => answers.push(answer))({ ok: true });
    answerer('none')({ ok: false });
    expect(answers).toEqual([{ ok: true }]);
  });
});
