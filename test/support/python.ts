import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** @throws Error with all output if the program fails */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}:\n${out}\n${err}`);
}

/**
 * Installs packages of Python in `.data/NAME`, in the versions of a requirements file.
 *
 * @returns the folder of their programs
 */
export async function installPython(name: string, requirements: string): Promise<string> {
  const environment = join('.data', name);
  const installed = join(environment, 'installed.txt');
  const programs = join(environment, 'bin');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(installed, 'utf8').catch(() => '')) === wanted) return programs;
  await mkdir(environment, { recursive: true });
  await run('python3', ['-m', 'venv', '--clear', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await run(join(programs, 'python'), pip);
  await writeFile(installed, wanted);
  return programs;
}
