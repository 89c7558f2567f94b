import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const unreadable = mkdtempSync(join(tmpdir(), 'bench-'));
writeFileSync(join(unreadable, 'a.csv'), 'time,load\n');

afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(unreadable, { recursive: true });
});

function run(script: string, ...args: readonly string[]): Promise<{ status: unknown; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join('dist/bench', script), ...args], (error, _, output) =>
      resolve({ status: error?.code ?? 0, output }),
    );
  });
}

describe('a benchmark with invalid arguments', () => {
  it.each([
    [['--trace', folder], "Unknown option '--trace'; the options are --traces and --from-day\n"],
    [[folder], `Unexpected argument '${folder}'; the options are --traces and --from-day\n`],
    [['--traces'], "Option '--traces <value>' argument missing; the options are --traces and --from-day\n"],
    [['--from-day', '0'], '--from-day takes days of the traces, 1 the first, separated by commas; "0" is none\n'],
    [['--traces', folder], `No *.csv in ${folder}; name a folder of traces with --traces\n`],
    [
      ['--traces', join(folder, 'none')],
      `The traces cannot be read: ENOENT: no such file or directory, scandir '${join(folder, 'none')}'; name a folder of traces with --traces\n`,
    ],
    [
      ['--traces', unreadable],
      'The traces cannot be read: a:1: expected the header "timestamp,value", found "time,load"; name a folder of traces with --traces\n',
    ],
    [
      ['--from-day', '9999'],
      'No trace of data/traces covers five days from day 9999 on; choose an earlier day with --from-day\n',
    ],
  ])('prints one line for %j: what is wrong and how to fix it', async (args, output) => {
    expect(await run('elasticity/main.js', ...args)).toEqual({ status: 2, output });
  });

  it.each([
    [['--hours', '25'], '--hours takes a number above 0, up to 24; "25" is none\n'],
    [['--seeds', '1,x'], '--seeds takes whole numbers, separated by commas; "1,x" are none\n'],
    [['--traces', 'none'], 'There is no data/traces/none.csv; name traces of data/traces with --traces\n'],
  ])('of the HPA prints one line for %j', async (args, output) => {
    expect(await run('hpa/main.js', ...args)).toEqual({ status: 2, output });
  });

  it('of the simulator ends when the simulator does', async () => {
    const { status, output } = await run('simulator.js', '--spedd', '2');
    expect(status).toBe(2);
    expect(output).toContain("simulator: Unknown option '--spedd'");
    expect(output).not.toContain('await');
  });
});
