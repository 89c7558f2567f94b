import { beforeEach, describe, expect, it } from '@jest/globals';
import { Repeats } from './repeats.js';

let lines: { readonly level: number; readonly msg: string; readonly err?: object }[];
let repeats: Repeats;
beforeEach(() => {
  lines = [];
  repeats = new Repeats({ write: (text) => void lines.push(JSON.parse(text)) });
});

const TIME = Date.parse('2026-01-05T11:09:00');
const WARN = 40;

function log(msg: string, more: object = {}): void {
  repeats.write(`${JSON.stringify({ level: WARN, time: TIME, context: 'Loop', msg, ...more })}\n`);
}

const words = () => lines.map(({ msg }) => msg);

describe('problems on a terminal', () => {
  it('are one line for each kind, whatever their cluster and numbers, and counts afterwards', () => {
    for (let time = 0; time < 40; time += 1) {
      log(`cannot tick cluster 0b8e7a2c-6a0e-4c57-9d6f-0e6ad2f1c${100 + time}: answered 500 after ${time} ms`);
    }
    log('cannot write to the database');
    expect(words()).toEqual([
      'cannot tick cluster 0b8e7a2c-6a0e-4c57-9d6f-0e6ad2f1c100: answered 500 after 0 ms',
      'cannot write to the database',
    ]);
    repeats.report();
    repeats.report();
    expect(words().slice(2)).toEqual([
      'cannot tick cluster 0b8e7a2c-6a0e-4c57-9d6f-0e6ad2f1c139: answered 500 after 39 ms (39 more times since 11:09:00)',
    ]);
  });

  it('are new again after they were absent for some time', () => {
    log('cannot write to the database');
    for (let minute = 0; minute < 10; minute += 1) repeats.report();
    log('cannot write to the database');
    expect(words()).toEqual(['cannot write to the database', 'cannot write to the database']);
  });

  it('of unexpected errors have their stack once, behind the sentence', () => {
    const err = { stack: 'TypeError: x\n at y' };
    log('GET /clusters failed: x', { level: 50, err });
    log('GET /clusters failed: x', { level: 50, err });
    repeats.report();
    expect(lines).toMatchObject([{ err }, { msg: 'GET /clusters failed: x (once more since 11:09:00)' }]);
    expect(lines[1]?.err).toBeUndefined();
  });

  it('are not said twice for one request', () => {
    log('GET /clusters was answered 503: the database is down', { level: 50 });
    log('request errored', { level: 50, res: { status: 503 } });
    log('request errored', { level: 50, res: { status: 200 }, err: { message: 'aborted' } });
    expect(lines).toMatchObject([{ level: 50 }, { err: { message: 'aborted' } }]);
  });

  it('leave other lines as they are', () => {
    log('listening', { level: 30 });
    log('listening', { level: 30 });
    expect(words()).toEqual(['listening', 'listening']);
  });
});
