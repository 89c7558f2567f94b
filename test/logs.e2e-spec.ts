import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { io } from 'socket.io-client';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

const MAIN = join('dist', 'apps', 'autoscaler', 'src', 'main.js');
/** Values that occur in no line for another reason. */
const SECRETS = {
  jwtSecret: 'Jwt-Secret-7f3a9c51d2e84b60a1c9-never-shown',
  databasePassword: 'Database-Password-5b1e',
  password: PASSWORD,
  wrongPassword: 'Wrong-Password-8d2f',
  weakPassword: 'weakpassword-3c7a',
  brokenPassword: 'Broken-Password-1e9b',
  changedPassword: 'Changed-Password-4a6d-1',
  forgedToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJmb3JnZWQifQ.forged-6e2c',
};

let folder: string;
let file: string;
let system: System;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-spec-'));
  file = join(folder, 'logs', 'autoscaler.log');
  system = await startSystem({
    env: {
      AUTOSCALER_APP_MODE: 'development',
      AUTOSCALER_APP_LOG_LEVEL: 'trace',
      AUTOSCALER_APP_LOG_FILE: file,
      AUTOSCALER_API_JWT_SECRET: SECRETS.jwtSecret,
      AUTOSCALER_DATABASE_PASSWORD: SECRETS.databasePassword,
    },
  });
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(id: string): Promise<void> {
  await fetch(`${system.urls.api}/auth/me`, { headers: { 'x-request-id': id } });
}

/** Writes a line that is found again by its id, and waits until it is in the file. */
async function leaveLine(inFile: string, id: string): Promise<void> {
  await ask(id);
  await eventually(`${id} stands in ${inFile}`, async () => (await readFile(inFile, 'utf8')).includes(id));
}

/** @returns the output of a program that could not start */
async function run(env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + err;
}

describe('the log file', () => {
  it('contains JSON lines while standard output is human-readable', async () => {
    await leaveLine(file, 'a-line-for-both');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ trace_id: 'a-line-for-both', req: { method: 'GET', path: '/auth/me' } }),
    );
    const seen = await eventually('it is printed', () =>
      system.autoscaler.output.split('\n').find((line) => line.includes('a-line-for-both')),
    );
    expect(() => JSON.parse(seen) as unknown).toThrow(SyntaxError);
  });

  it('is reopened on SIGHUP, and no line is lost', async () => {
    const rotated = `${file}.1`;
    await rename(file, rotated);
    await leaveLine(rotated, 'after-the-rename');
    system.autoscaler.signal('SIGHUP');
    const ids: string[] = [];
    await eventually('the new file receives lines', async () => {
      ids.push(`line-number-${ids.length}`);
      await ask(ids.at(-1) ?? '');
      return (await readFile(file, 'utf8')).includes('line-number-');
    });
    await leaveLine(file, 'after-the-signal');
    const [before, after] = [await readFile(rotated, 'utf8'), await readFile(file, 'utf8')];
    expect(before).not.toContain('after-the-signal');
    expect(ids.filter((id) => !(before + after).includes(`"${id}"`))).toEqual([]);
  });

  it('is reported at the start if it cannot be written', async () => {
    const taken = join(folder, 'taken');
    await writeFile(taken, '');
    const printed = await run({ AUTOSCALER_APP_LOG_FILE: join(taken, 'autoscaler.log') });
    expect(printed).toMatch(/^Error: the log file cannot be written to \(app\.log_file\): /m);
  });
});

describe('secrets', () => {
  it('are in no output and no response of the running service', async () => {
    const { api, prometheus } = system.urls;
    const ada = await ApiClient.register(api, 'ada');
    const login = async (body: unknown) => call(api, 'POST', '/auth/login', body);
    const responses = [
      await login({ username: 'ada', password: SECRETS.wrongPassword }),
      await login({ username: 'nobody', password: SECRETS.wrongPassword }),
      await login({ username: 'ada', pasword: SECRETS.wrongPassword }),
      await call(api, 'POST', '/auth/register', { username: 'bob', password: SECRETS.weakPassword }),
      await call(api, 'POST', '/auth/register', { username: 'ada', password: SECRETS.changedPassword }),
      await call(api, 'GET', '/auth/me', undefined, SECRETS.forgedToken),
      await call(api, 'GET', `/clusters?auth_token=${SECRETS.forgedToken}`, undefined, ada.token),
      await ada.get('/auth/me'),
      await ada.get('/audit'),
      await ada.get('/users'),
    ];
    const headers = { 'content-type': 'application/json' };
    const broken = `{"username": "ada", "password": "${SECRETS.brokenPassword}`;
    const answers = await Promise.all([
      fetch(`${api}/auth/login`, { method: 'POST', headers, body: broken }),
      fetch(`${api}/auth/me`, { headers: { cookie: `auth_token=${ada.token}` } }),
      fetch(`${api}/auth/me`, { headers: { authorization: `Basic ${btoa(`ada:${PASSWORD}`)}` } }),
      fetch(`${api}/health`),
      fetch(`${api}/health/ready`),
      fetch(`${api}/swagger/doc.json`),
      fetch(`${prometheus}/metrics`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 200, 401, 200, 200, 200, 200]);
    for (const token of [ada.token, SECRETS.forgedToken]) {
      const socket = io(api, { auth: { token }, transports: ['polling'], reconnection: false });
      await new Promise<void>((resolve) => {
        socket.once('connect', resolve).once('connect_error', () => resolve());
      });
      socket.disconnect();
    }
    const texts = await Promise.all(answers.map(async (answer) => answer.text()));
    // Last: the token of an ended login is still a secret, because it may be tried elsewhere.
    await ada.post('/auth/logout', {});
    await leaveLine(file, 'the-last-of-these');
    const printed = [
      system.autoscaler.output,
      await readFile(file, 'utf8'),
      await readFile(`${file}.1`, 'utf8'),
      JSON.stringify(responses.map(({ body }) => body)),
      ...texts,
    ].join('\n');
    // Proves that this is the log of these requests.
    expect(printed).toContain('"path":"/auth/register"');
    expect(printed).toContain('"level":20');
    const shown = Object.entries({ ...SECRETS, token: ada.token, basic: btoa(`ada:${PASSWORD}`) })
      .filter(([, secret]) => printed.includes(secret))
      .map(([name]) => name);
    expect(shown).toEqual([]);
    // The signature of a token.
    expect(printed).not.toContain(ada.token.split('.')[2]);
  });

  it('are in no output when the database rejects the password', async () => {
    const server = await refusingDatabase();
    const printed = await run({
      AUTOSCALER_APP_LOG_LEVEL: 'trace',
      AUTOSCALER_DATABASE_HOST: '127.0.0.1',
      AUTOSCALER_DATABASE_PORT: String(server.port),
      AUTOSCALER_DATABASE_PASSWORD: SECRETS.databasePassword,
      AUTOSCALER_API_JWT_SECRET: SECRETS.jwtSecret,
    });
    await server.close();
    expect(server.passwords).toEqual([SECRETS.databasePassword]);
    expect(printed).toMatch(/failed to ping database.*authentication failed/);
    expect(printed).not.toContain(SECRETS.databasePassword);
    expect(printed).not.toContain(SECRETS.jwtSecret);
  });

  it('are in no diagnostic report of Node', async () => {
    const reports = await mkdtemp(join(folder, 'reports-'));
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_OPTIONS: `--report-on-signal --report-directory=${reports}`,
        AUTOSCALER_DATABASE_DATA_DIR: 'memory',
        AUTOSCALER_API_PORT: '0',
        AUTOSCALER_PROMETHEUS_PORT: '0',
        AUTOSCALER_API_JWT_SECRET: SECRETS.jwtSecret,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      await eventually('it is up', () => printed.includes('listening on'));
      child.kill('SIGUSR2');
      const report = await eventually('the report is written', async () => {
        const [name = ''] = await readdir(reports);
        const written = await readFile(join(reports, name), 'utf8');
        // A partial file is not valid JSON and counts as missing.
        return JSON.parse(written) === null ? null : written;
      });
      expect(report).toContain('"javascriptStack"');
      expect(report).not.toContain(SECRETS.jwtSecret);
    } finally {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
  });

  it('are in no list of configuration errors', async () => {
    const printed = await run({
      AUTOSCALER_APP_MODE: 'production',
      AUTOSCALER_API_JWT_SECRET: 'short-7f3a',
      AUTOSCALER_DATABASE_PASSWORD: SECRETS.databasePassword,
    });
    expect(printed).toContain('api.jwt_secret must be at least 32 characters in production');
    expect(printed).not.toContain('short-7f3a');
    expect(printed).not.toContain(SECRETS.databasePassword);
  });
});

/** A minimal PostgreSQL server that asks for a password and rejects it. */
async function refusingDatabase(): Promise<{ port: number; passwords: string[]; close: () => Promise<void> }> {
  const passwords: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      // AuthenticationCleartextPassword
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      socket.once('data', (message: Buffer) => {
        passwords.push(message.subarray(5, -1).toString());
        const fields = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed for user "autoscaler"\0\0');
        const head = Buffer.alloc(5);
        head.write('E');
        head.writeUInt32BE(fields.length + 4, 1);
        socket.end(Buffer.concat([head, fields]));
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    passwords,
    close: async () => void (await once(server.close(), 'close')),
  };
}
