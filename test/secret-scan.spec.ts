import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-scan-'));
  for (const file of ['.secretlintrc.json', '.secretlintignore']) cpSync(file, join(folder, file));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `npm run check:secrets` on a tree with one file. */
function scan(file: string, text: string): { status: number | null; printed: string } {
  mkdirSync(join(folder, 'tree', file, '..'), { recursive: true });
  writeFileSync(join(folder, 'tree', file), text);
  const secretlint = join('node_modules', 'secretlint', 'bin', 'secretlint.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [secretlint, '--maskSecrets', 'tree/**/*'], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(join(folder, 'tree'), { recursive: true });
  return { status, printed: stdout + stderr };
}

// Assembled here, so that the scan does not find this file.
const TOKEN = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhIiwiaWF0IjoxfQ', 'c2lnbmF0dXJlLW9mLWEtdG9rZW4'].join('.');
const PRIVATE_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;
const RANDOM = 'Zm9vYmFy'.repeat(6);

describe('the scan for secrets', () => {
  it.each([
    ['.env', ['JWT_SECRET', RANDOM].join('=')],
    ['k8s/secret.env', ['DB_PASSWORD', RANDOM].join('=')],
    ['notes.md', `curl -H "authorization: Bearer ${TOKEN}"`],
    ['id_rsa', PRIVATE_KEY],
    ['src/a.ts', ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_')],
  ])('finds what is in %s, and does not print it', (file, text) => {
    const { status, printed } = scan(file, text);
    expect(printed).toContain(file);
    expect(status).toBe(1);
    expect(printed).not.toContain(RANDOM);
    expect(printed).not.toContain(TOKEN);
  });

  it('ignores text that only names secrets', () => {
    expect(scan('.env.example', 'JWT_SECRET=\nDB_PASSWORD= # openssl rand -base64 32\n')).toEqual({
      status: 0,
      printed: '',
    });
  });
});
