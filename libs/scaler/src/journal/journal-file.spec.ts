import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalFile } from './journal-file.js';

describe('a journal file', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'journal-'));
    folder = join(parent, 'journal');
  });
  afterEach(async () => rm(parent, { recursive: true, force: true }));

  let tooLarge: string[];
  const adopt = async () => {
    tooLarge = [];
    return JournalFile.adopt(folder, (path) => tooLarge.push(path));
  };
  const journals = async () => (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));

  it('is readable by its user only, and so is its folder', async () => {
    const file = await JournalFile.create(folder);
    await file.append('{}\n');
    const [name = ''] = await journals();
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(folder, name), 'utf8')).toBe('{}\n');
    expect(file.bytes).toBe(3);
    await file.close();
  });

  it('is adopted once its process has ended, and not before', async () => {
    const file = await JournalFile.create(folder);
    await file.append('{"a":1}\n');
    expect(await adopt()).toEqual([]);
    await file.close();
    const [adopted, ...others] = await adopt();
    expect(await adopted?.read()).toBe('{"a":1}\n');
    expect(others).toEqual([]);
    // Now this process holds it.
    expect(await adopt()).toEqual([]);
    await adopted?.remove();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is empty for a process that finds it removed', async () => {
    await (await JournalFile.create(folder)).close();
    const [adopted] = await adopt();
    await rm(join(folder, (await journals())[0] ?? ''));
    expect(await adopted?.read()).toBe('');
    await adopted?.remove();
  });

  it('is reported and left alone where it is too large to read', async () => {
    await (await JournalFile.create(folder)).close();
    const path = join(folder, (await journals())[0] ?? '');
    await truncate(path, 64 * 2 ** 20 + 1);
    expect(await adopt()).toEqual([]);
    expect(tooLarge).toEqual([path]);
    await truncate(path, 64 * 2 ** 20);
    const [adopted] = await adopt();
    expect(tooLarge).toEqual([]);
    await adopted?.remove();
  });

  it('contains nothing of what could not be stored', async () => {
    const file = await JournalFile.create(folder);
    await file.append('{"a":1}\n');
    await file.close();
    await expect(file.append('{"b":2}\n')).rejects.toThrow('closed');
    expect(file.bytes).toBe(8);
    const [name = ''] = await journals();
    expect(await readFile(join(folder, name), 'utf8')).toBe('{"a":1}\n');
  });

  it('needs a folder that can be written', async () => {
    await writeFile(folder, 'a file');
    await expect(JournalFile.check(folder)).rejects.toThrow('EEXIST');
    await rm(folder);
    await JournalFile.check(folder);
    expect(await readdir(folder)).toEqual([]);
    await appendFile(join(folder, 'note.txt'), '');
    expect(await adopt()).toEqual([]);
  });

  it('is none in a folder that does not exist', async () => {
    expect(await adopt()).toEqual([]);
  });
});
