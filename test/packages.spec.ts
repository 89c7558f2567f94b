import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { hasInstallScript?: boolean }>;
};

describe('install scripts of packages', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'packages-spec-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are each allowed or refused by name', () => {
    const withScript = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(withScript.filter((name) => manifest.allowScripts[name] === undefined)).toEqual([]);
    expect(manifest.allowScripts['@scarf/scarf']).toBe(false);
  });

  it('do not run automatically, and required ones run by name', () => {
    copyFileSync('.npmrc', join(folder, '.npmrc'));
    const curious = join(folder, 'curious');
    mkdirSync(curious);
    const scripts = { postinstall: 'touch reported' };
    writeFileSync(join(curious, 'package.json'), JSON.stringify({ name: 'curious', version: '1.0.0', scripts }));
    const dependencies = { curious: 'file:curious' };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'clone', version: '1.0.0', dependencies }));
    // Variables of npm would also affect an npm that its scripts start.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
    const npm = (...args: string[]): unknown =>
      execFileSync('npm', [...args, '--offline', '--install-links'], { cwd: folder, env, stdio: 'pipe' });
    npm('install');
    const reported = join(folder, 'node_modules', 'curious', 'reported');
    expect(existsSync(join(folder, 'node_modules', 'curious', 'package.json'))).toBe(true);
    expect(existsSync(reported)).toBe(false);
    npm('rebuild', '--ignore-scripts=false', 'curious');
    expect(existsSync(reported)).toBe(true);
  });
});

describe('our scripts', () => {
  it('need no pre or post scripts, which npm skips as well when install scripts are off', () => {
    const names = Object.keys(manifest.scripts);
    expect(names.filter((name) => /^(pre|post)/.test(name) && names.includes(name.replace(/^(pre|post)/, '')))).toEqual(
      [],
    );
  });

  it('install what they need', () => {
    const needsBuild = Object.entries(manifest.scripts).filter(
      ([name, command]) => /\b(dist|test\.mjs|start\.mjs)\b/.test(command) && !name.startsWith('check:'),
    );
    expect(needsBuild.length).toBeGreaterThan(5);
    for (const [name, command] of needsBuild)
      expect({ name, command }).toMatchObject({ command: expect.stringMatching(/^node scripts\/setup\.mjs/) });
  });
});
