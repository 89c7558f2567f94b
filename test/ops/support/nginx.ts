import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.js';
import { binary } from './binaries.js';

/** nginx with the configuration of deploy/nginx, filled in as its image does. */
export class Nginx {
  private constructor(
    private readonly child: ChildProcess,
    private readonly output: string[],
  ) {}

  /** @param folder for all that it writes @param variables those that the template refers to */
  static async start(folder: string, variables: Readonly<Record<string, string>>): Promise<Nginx> {
    const template = readFileSync('deploy/nginx/autoscaler.conf.template', 'utf8');
    const site = template.replaceAll(/\$\{([A-Z_]+)\}/g, (whole, name: string) => variables[name] ?? whole);
    for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'site.conf'), site);
    const main = [
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      'daemon off;',
      `pid ${folder}/nginx.pid;`,
      'error_log stderr warn;',
      'events { worker_connections 256; }',
      'http {',
      'access_log off;',
      `client_body_temp_path ${folder}/body;`,
      ...['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`),
      `include ${folder}/site.conf;`,
      '}',
    ];
    writeFileSync(join(folder, 'nginx.conf'), main.join('\n'));
    const child = spawn(binary('nginx'), ['-c', join(folder, 'nginx.conf'), '-p', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const nginx = new Nginx(child, output);
    const port = variables['HTTP_PORT'] ?? '';
    await eventually('nginx is up', async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${output.join('')}`);
      return (await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })).status > 0;
    });
    return nginx;
  }

  /** What it complained of. */
  get complaints(): string {
    return this.output.join('');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exit;
  }
}
