/**
 * Cost of a poll in the simulator: CPU of its process (from /proc, so Linux only) over rounds of the routes that the
 * autoscaler uses, with 4,000 clusters of 10 servers. After a build: `node dist/bench/simulator.js [simulator
 * options]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';

const CLUSTERS = 4000;
const CONNECTIONS = 32;
/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;
const HERE = dirname(fileURLToPath(import.meta.url));

type Method = 'GET' | 'POST' | 'PUT';

const simulator = spawn(
  process.execPath,
  [join(HERE, '../apps/simulator/src/main.js'), '--port', '0', ...process.argv.slice(2)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
// The simulator has already printed its usage error.
simulator.once('exit', (code) => {
  if (code !== null && code !== 0) process.exit(code);
});
const [greeting] = (await once(simulator.stdout, 'data')) as [Buffer];
const url = /http:\/\/\S+:\d+/.exec(greeting.toString())![0];
const pool = new Pool(url, { connections: CONNECTIONS });

function cpuMs(): number {
  const fields = readFileSync(`/proc/${simulator.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function measure(route: string, path: (cluster: number) => string, method: Method = 'GET', body?: object) {
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < CLUSTERS) {
      const answer = await pool.request({
        path: path(next++),
        method,
        body: body === undefined ? null : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      await answer.body.dump();
      if (answer.statusCode >= 300) throw new Error(`${method} ${route} was answered with ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const cpu = ((cpuMs() - cpuBefore) / CLUSTERS).toFixed(3);
  const rate = Math.round((CLUSTERS / (performance.now() - startedAt)) * 1000);
  console.log(`${method.padEnd(5)}${route.padEnd(32)}${cpu} ms CPU each   ${rate}/s`);
}

await measure('/clusters/:id', (cluster) => `/clusters/c${cluster}`, 'POST', { servers: 10, pattern: 'daily' });
await measure('/metrics/:id (cold)', (cluster) => `/metrics/c${cluster}`);
await measure('/metrics/:id', (cluster) => `/metrics/c${cluster}`);
await measure('/clusters/:id', (cluster) => `/clusters/c${cluster}`);
await measure('/clusters/:id', (cluster) => `/clusters/c${cluster}`, 'PUT', { desired_servers: 10 });
await measure('/health', () => '/health');
await sleep(10_000);
await measure('/metrics/:id (10 s later)', (cluster) => `/metrics/c${cluster}`);
const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${simulator.pid}/status`, 'utf8'))![1];
console.log(`memory of the simulator: ${Math.round(Number(memory) / 1024)} MB`);

await pool.close();
simulator.kill();
