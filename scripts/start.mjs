// `npm start`: runs simulator and autoscaler, and stops both on Ctrl-C. With --watch both restart on changes.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WATCH = process.argv.includes('--watch');
// The service uses the same variable, so that a second demo needs only other ports and another data folder.
const SIMULATOR_URL = process.env.AUTOSCALER_COLLECTOR_SIMULATOR_URL ?? 'http://127.0.0.1:9000';
const SIMULATOR_PORT = URL.canParse(SIMULATOR_URL) ? Number(new URL(SIMULATOR_URL).port) : 0;
const DATA_FOLDER = dirname(process.env.AUTOSCALER_DATABASE_DATA_DIR ?? join('.data', 'database'));
const STOP_WITHIN_MS = 20_000;
// The demo shows scaling events only; `AUTOSCALER_APP_LOG_LEVEL=info npm start` shows the rest.
const ENV = { AUTOSCALER_APP_LOG_LEVEL: 'warn', ...process.env };

const children = new Map();
const state = { stopping: false };

function start(name, command, args, stdout = 'inherit') {
  // A separate process group: Ctrl-C reaches only this process, which stops both in order.
  const child = spawn(command, args, { cwd: ROOT, env: ENV, stdio: ['ignore', stdout, 'inherit'], detached: true });
  children.set(name, child);
  child.on('exit', (code, signal) => {
    children.delete(name);
    if (state.stopping) return;
    console.error(`${name} ended unexpectedly (${signal ?? `exit code ${code}`}); stopping`);
    process.exitCode = 1;
    void stop();
  });
  return child;
}

/**
 * Starts the compiler; resolves after the first full compilation, because programs started earlier would restart at
 * once.
 */
async function compile() {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  const pretty = process.stdout.isTTY ? 'true' : 'false';
  const args = [tsc, '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput', '--pretty', pretty];
  const compiler = start('compiler', process.execPath, args, 'pipe');
  compiler.stdout.pipe(process.stdout, { end: false });
  await new Promise((resolve) => {
    compiler.stdout.on('data', (text) => String(text).includes('Watching for file changes') && resolve());
    compiler.once('exit', resolve);
  });
}

function ended(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', resolve);
  });
}

async function stop() {
  if (state.stopping) return;
  state.stopping = true;
  const deadline = setTimeout(() => {
    for (const child of children.values()) process.kill(-child.pid, 'SIGKILL');
  }, STOP_WITHIN_MS);
  // The autoscaler first: its last ticks still need the simulator.
  for (const name of ['autoscaler', 'simulator', 'compiler']) {
    const child = children.get(name);
    if (child === undefined) continue;
    child.kill('SIGTERM');
    await ended(child);
  }
  clearTimeout(deadline);
}

function portIsFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function healthy(url) {
  for (let attempt = 0; attempt < 150 && !state.stopping; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

// SIGHUP: the terminal was closed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());

if (SIMULATOR_PORT === 0) {
  console.error(
    `AUTOSCALER_COLLECTOR_SIMULATOR_URL must be a URL with a port, such as http://127.0.0.1:9000, not "${SIMULATOR_URL}": that is where the simulator is started`,
  );
  process.exit(1);
}
if (!(await portIsFree(SIMULATOR_PORT))) {
  console.error(
    `port ${SIMULATOR_PORT} is taken, and the simulator needs it: stop what listens there (perhaps another \`npm start\`), or set AUTOSCALER_COLLECTOR_SIMULATOR_URL to a free port such as http://127.0.0.1:9001, then start again`,
  );
  process.exit(1);
}

const flags = WATCH ? ['--watch-path=dist', '--watch-path=config', '--watch-preserve-output'] : [];
const program = (name, ...args) => [...flags, join('dist', 'apps', name, 'src', 'main.js'), ...args];

async function startPrograms() {
  const memory = join(DATA_FOLDER, 'simulator.json');
  start(
    'simulator',
    process.execPath,
    program('simulator', '--port', String(SIMULATOR_PORT), '--speed', '60', '--state', memory),
  );
  if (await healthy(`http://127.0.0.1:${SIMULATOR_PORT}/health`)) {
    start('autoscaler', process.execPath, program('autoscaler', 'serve', '--demo'));
  } else if (!state.stopping) {
    console.error('the simulator did not come up within 30 s; its own lines above say why');
    process.exitCode = 1;
    await stop();
  }
}

if (WATCH) await compile();
if (!state.stopping) await startPrograms();
