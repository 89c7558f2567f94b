// Lists our source files that a tick runs through, starting at tick-loop.ts. Fails if they are too many, too long, or
// differ from the list in docs/architecture.md; `--write` updates that list. It runs a tick that adds servers in the
// built service, with V8's coverage.
import 'reflect-metadata';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from '../dist/apps/autoscaler/src/app.module.js';
import { ClustersService } from '../dist/libs/clusters/src/index.js';
import { Clock, configOf } from '../dist/libs/config/src/index.js';
import { ClusterRegistry } from '../dist/libs/scaler/src/loop/cluster-registry.js';
import { LoopRunner } from '../dist/libs/scaler/src/loop/loop-runner.js';
import { TickLoop } from '../dist/libs/scaler/src/loop/tick-loop.js';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DOCUMENT = 'docs/architecture.md';
const LIST = /(?<=<!-- tick-reach -->\n)[\s\S]*?(?=<!-- \/tick-reach -->)/;
/** Calling a provider is a path of its own: listed and not limited. */
const PROVIDERS = 'libs/providers/';
const MOST_LINES = 300;
const MINUTE_MS = 60_000;
/** `warmUp`: ticks before the measured one, a minute apart; with `slo` until a forecast decides. */
const POLICIES = [
  { name: 'threshold', policy: { threshold: {} }, most: 51, warmUp: 12 },
  { name: 'slo', policy: { slo: {} }, most: 87, warmUp: 242 },
];
const OWNER = { id: '00000000-0000-4000-8000-000000000001', username: 'owner', role: 'admin', scope: 'full' };

/** A simulator with given answers. */
class Cloud {
  now = Date.now();
  servers = 4;
  cpu = 60;
  server = createServer((request, response) => void this.answer(request, response));

  async listen() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  async answer(request, response) {
    const body = await new Response(request).text();
    if (request.method === 'PUT') this.servers = JSON.parse(body).desired_servers;
    const usage = { cpu_usage: this.cpu, memory_usage: 40, request_load: this.cpu };
    const servers = Array.from({ length: this.servers }, (_, index) => ({
      server_id: `server-${index}`,
      state: 'ACTIVE',
      ...usage,
    }));
    const timestamp = new Date(this.now).toISOString();
    response.end(JSON.stringify({ timestamp, desired_servers: this.servers, servers }));
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** @returns the files in which a function ran during `work` */
async function filesOf(work) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  // Reading the counters resets them.
  await session.post('Profiler.takePreciseCoverage');
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ url, functions }) => url.startsWith('file:') && functions.some(({ ranges }) => ranges[0].count > 0))
    .map(({ url }) => relative(join(ROOT, 'dist'), fileURLToPath(url)).replace(/\.js$/, '.ts'))
    .filter((path) => /^(libs|apps)\//.test(path) && !path.endsWith('/index.ts'))
    .toSorted();
}

/** @returns the files of a tick that adds servers, after `warmUp` ordinary ticks */
async function reachOf({ policy, warmUp }) {
  const cloud = new Cloud();
  const config = configOf({
    'database.data_dir': 'memory',
    'app.log_level': 'error',
    'collector.simulator_url': await cloud.listen(),
    'collector.interval': '1m',
  });
  // Created, not started: nothing ticks on its own and nothing listens.
  const app = await NestFactory.create(AppModule.forRoot(config), { logger: ['error'] });
  try {
    app.get(Clock).now = () => cloud.now;
    const loop = app.get(TickLoop, { strict: false });
    const runner = app.get(LoopRunner, { strict: false });
    const registry = app.get(ClusterRegistry, { strict: false });
    await app
      .get(DataSource)
      .query(`INSERT INTO users (id, username, password_hash, role) VALUES ($1, $2, '-', $3)`, [
        OWNER.id,
        OWNER.username,
        OWNER.role,
      ]);
    const { id } = await app
      .get(ClustersService)
      .create(OWNER, { name: 'web', min_servers: 2, max_servers: 40, policy });
    const tick = async () => {
      cloud.now += MINUTE_MS;
      await runner.wake();
    };
    for (let minute = 0; minute < warmUp; minute += 1) {
      cloud.cpu = (40 + 20 * Math.sin(minute / 20)) * (4 / cloud.servers);
      await tick();
    }
    // Once an hour a model is stored, too.
    if (registry.get(id).memory.modelDueAt <= cloud.now + MINUTE_MS) await tick();
    cloud.cpu = 95;
    const work = loop.tick.bind(loop);
    let files = [];
    loop.tick = async (...given) => {
      files = await filesOf(async () => work(...given));
    };
    await tick();
    const { last } = registry.get(id).memory;
    if (cloud.servers !== last.desired || last.actual <= 2)
      throw new Error('the tick that was measured added no server');
    return files;
  } finally {
    await app.close();
    cloud.close();
  }
}

/** The list as in the document: files of both policies, and files of one only. */
function listOf([one, other]) {
  const shared = one.files.filter((file) => other.files.includes(file));
  const only = (files) => files.filter((file) => !shared.includes(file));
  const parts = [
    ['Both policies:', shared],
    [`Only \`${one.name}\`:`, only(one.files)],
    [`Only \`${other.name}\`:`, only(other.files)],
  ];
  return parts.map(([title, files]) => `\n${title}\n\n\`\`\`text\n${files.join('\n')}\n\`\`\`\n`).join('') + '\n';
}

const faults = [];
const reached = [];
for (const { name, most, ...scenario } of POLICIES) {
  const files = await reachOf(scenario);
  reached.push({ name, files });
  const own = files.filter((file) => !file.startsWith(PROVIDERS));
  const counts = `${own.length} files (at most ${most}), and ${files.length - own.length} of its provider`;
  console.log(`one tick of "${name}" runs through ${counts}:`);
  for (const file of files) {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1;
    console.log(`  ${String(lines).padStart(3)} ${file}`);
    if (lines > MOST_LINES) faults.push(`${file} has ${lines} lines: at most ${MOST_LINES} where a tick runs through`);
  }
  if (own.length > most) faults.push(`one tick of "${name}" runs through ${own.length} files: at most ${most}`);
}
const document = readFileSync(join(ROOT, DOCUMENT), 'utf8');
if (process.argv.includes('--write')) writeFileSync(join(ROOT, DOCUMENT), document.replace(LIST, listOf(reached)));
else if (document.match(LIST)?.[0] !== listOf(reached))
  faults.push(`${DOCUMENT} lists other files; run "node scripts/tick-reach.mjs --write" and commit it`);
for (const fault of new Set(faults)) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
