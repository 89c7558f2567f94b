// Starts the control plane that all tests of the run share, on ports that are free, with its state in a folder of this checkout.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PORTS = ['ETCD', 'ETCD_PEER', 'API', 'KCM', 'SCHED', 'KWOK', 'METRICS', 'METRICS_SERVER', 'CONTROL'];

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Below those that the system gives to clients: a program that is started again finds its own still free. */
async function freePorts(count) {
  const ports = [];
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ports.length < count; port += 1)
    if (await isFree(port)) ports.push(port);
  return ports;
}

export default async function globalSetup() {
  const checkout = createHash('sha256').update(process.cwd()).digest('hex').slice(0, 8);
  process.env.RUN = join(tmpdir(), `autoscaler-kubernetes-${checkout}`);
  // What an interrupted run has left.
  spawnSync('bash', ['test/kubernetes/down.sh'], { stdio: 'inherit' });
  rmSync(process.env.RUN, { recursive: true, force: true });
  const ports = await freePorts(PORTS.length);
  PORTS.forEach((name, index) => (process.env[`${name}_PORT`] = String(ports[index])));
  process.env.NODE = process.execPath;
  for (const script of ['up.sh', 'metrics-up.sh']) {
    const { status } = spawnSync('bash', [`test/kubernetes/${script}`], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`test/kubernetes/${script} failed: see ${process.env.RUN}/logs`);
  }
}
