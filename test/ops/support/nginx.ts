import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { binary } from './binaries.js';
import { Neighbor } from './neighbor.js';

/**
 * nginx with the configuration of deploy/nginx, filled in as in docs/deployment.md, with the capabilities it has in
 * Compose.
 */
export class Nginx {
  private constructor(private readonly server: Neighbor) {}

  /** @param folder for its files @param variables of the template */
  static async start(folder: string, variables: Readonly<Record<string, string>>): Promise<Nginx> {
    const [, named = ''] = /envsubst '([^']+)'/.exec(readFileSync('docs/deployment.md', 'utf8')) ?? [];
    const site = execFileSync(binary('envsubst'), [named], {
      env: variables,
      input: readFileSync('deploy/nginx/autoscaler.conf.template'),
    });
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
    const port = variables['HTTP_PORT'] ?? '';
    const isUp = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })).status > 0;
    const args = ['-c', join(folder, 'nginx.conf'), '-p', folder];
    // As root it keeps only the capabilities that Compose grants; other users have none anyway.
    const server =
      process.getuid?.() === 0
        ? Neighbor.start('setpriv', [...capabilities(), binary('nginx'), ...args], { isUp })
        : Neighbor.start('nginx', args, { isUp });
    return new Nginx(await server);
  }

  /** Its error log. */
  get complaints(): string {
    return this.server.output;
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

/** Options that leave a root program the capabilities that Compose grants the proxy. */
function capabilities(): string[] {
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    services: { proxy: { cap_add: string[] } };
  };
  const kept = services.proxy.cap_add.map((name) => `+${name.toLowerCase()}`);
  return [`--bounding-set=${['-all', ...kept].join(',')}`, '--inh-caps=-all'];
}
