import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { configOf } from '#config';
import { JournalFile } from './journal-file.js';
import { type JournalEntry, ScalingJournal } from './scaling-journal.js';

const ENTRY = { event: { id: 'e', clusterId: 'c' }, decision: {} } as unknown as JournalEntry;

describe('a journal of intents whose disk does not answer', () => {
  let answer: () => void;
  let file: { append: jest.Mock; cut: jest.Mock };
  let problems: string[];
  let journal: ScalingJournal;

  beforeEach(() => {
    jest.useFakeTimers();
    file = {
      append: jest.fn(async () => new Promise<void>((resolve) => (answer = resolve))),
      cut: jest.fn(async () => undefined),
    };
    jest.spyOn(JournalFile, 'create').mockResolvedValue(Object.assign(file, { bytes: 0 }) as never);
    problems = [];
    const log = { problem: (text: string) => void problems.push(text) };
    journal = new ScalingJournal(configOf({ 'scaler.journal_dir': '/nowhere' }), log as never);
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('allows nothing after 2 s, takes the late intent back, and is used again once the disk answers', async () => {
    const first = journal.intend([ENTRY]);
    await jest.advanceTimersByTimeAsync(2000);
    expect(await first).toBe(false);
    expect(problems).toEqual(['the disk of the journal of intents does not answer']);
    // Without a further wait.
    expect(await journal.intend([ENTRY])).toBe(false);
    await journal.forget([]);
    expect(file.append).toHaveBeenCalledTimes(1);
    answer();
    await jest.advanceTimersByTimeAsync(0);
    const [[text]] = file.append.mock.calls as [[string]];
    expect(file.cut).toHaveBeenCalledWith(Buffer.byteLength(text));
    expect(journal.isEmpty).toBe(true);
    const next = journal.intend([ENTRY]);
    await jest.advanceTimersByTimeAsync(0);
    answer();
    expect(await next).toBe(true);
    expect(journal.holds('c')).toBe(true);
  });
});
