import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Neighbour } from './neighbour.js';

/** nginx with the configuration of deploy/nginx, filled in as its image does. */
export class Nginx {
  private constructor(private readonly server: Neighbour) {}

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
    const port = variables['HTTP_PORT'] ?? '';
    const isUp = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })).status > 0;
    return new Nginx(await Neighbour.start('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { isUp }));
  }

  /** What it complained of. */
  get complaints(): string {
    return this.server.output;
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}
