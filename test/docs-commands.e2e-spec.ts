import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { type Block, docsBlocks, pathsIn, scriptsIn } from './support/docs-blocks.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
let api: ApiClient;

interface Run {
  /** Prepares what the document takes for granted. @returns variables of the reader's shell */
  readonly before?: () => Promise<Readonly<Record<string, string>>>;
  readonly after: (output: string) => void | Promise<void>;
}

/** A block is run here, or by another test, or cannot be run: then this is why. */
type Fate = Run | { readonly test: string } | { readonly because: string };

const ADMIN = async () => ({ TOKEN: api.token, API: system.urls.api });
const CLUSTER = { name: 'docs', min_servers: 2, max_servers: 10 };
const YOUR_CLUSTER = { because: 'it needs a Kubernetes cluster of the reader' };
const COMPOSE = { because: 'it needs Docker' };
const POSTGRES = { because: 'it needs a database server of the reader' };
const LONG = { because: 'it takes minutes to hours' };

/** By document and the beginning of the block. */
const FATES: Readonly<Record<string, Readonly<Record<string, Fate>>>> = {
  'README.md': { 'npm start': { test: 'test/start.e2e-spec.ts' }, 'npm run bench:elasticity': LONG },
  'CONTRIBUTING.md': {
    'npm start': { test: 'test/start.e2e-spec.ts' },
    'npm run test:unit': { because: 'it runs the tests that this one is part of' },
    'npm run bench:loop': LONG,
  },
  'docs/aws.md': {
    '# 1. A user': { because: 'it needs an account at AWS' },
    'aws autoscaling': { because: 'it needs an account at AWS' },
  },
  'docs/backtests.md': {
    'npm run autoscaler': { test: 'test/backtest.e2e-spec.ts' },
    'curl -s $api/clusters/$id/backtests': { test: 'test/backtests.e2e-spec.ts' },
  },
  'docs/brakes.md': {
    'curl -X POST localhost:8080/operations/freeze': {
      before: ADMIN,
      after: async (output) => {
        expect(output).toContain('metrics of eu-1 are wrong');
        expect((await api.get('/operations/freeze')).body).toMatchObject({ freeze: null });
      },
    },
    'curl -X POST localhost:8080/clusters/$ID/undo': {
      before: async () => {
        const { body } = await api.post<{ id: string }>('/clusters', CLUSTER);
        await api.put(`/clusters/${body.id}`, { max_servers: 12 });
        return { ...(await ADMIN()), ID: body.id };
      },
      after: async () => {
        const { body } = await api.get<{ clusters: object[] }>('/clusters');
        expect(body.clusters).toContainEqual(expect.objectContaining(CLUSTER));
      },
    },
    'curl -X POST localhost:8080/operations/removals': {
      before: ADMIN,
      after: (output) => expect(JSON.parse(output)).toMatchObject({ released: expect.anything() }),
    },
    printf: {
      before: async () => ({ TIMESTAMP: '1767614400', BODY: '{"type":"alert"}', SECRET: 'only-for-this-test' }),
      after: (output) => {
        const signature = createHmac('sha256', 'only-for-this-test')
          .update('1767614400.{"type":"alert"}')
          .digest('hex');
        expect(output.trim()).toMatch(new RegExp(`\\b${signature}$`));
      },
    },
  },
  'docs/connections.md': {
    'curl -X POST "$API/connections"': {
      before: ADMIN,
      after: (output) => expect(JSON.parse(output)).toMatchObject({ name: 'prod-api', secrets: ['hmac_key'] }),
    },
  },
  'docs/deployment.md': {
    'openssl rand': { after: (output) => expect(output.trim().split('\n')).toHaveLength(5) },
    'cp .env.example': COMPOSE,
    'docker compose --profile proxy exec': COMPOSE,
    'for target in': COMPOSE,
    'kubectl create namespace': YOUR_CLUSTER,
    'kubectl -n autoscaler delete job': YOUR_CLUSTER,
    'npm run build': { test: 'test/production.e2e-spec.ts' },
    DOMAIN: { because: 'it changes the nginx of the machine' },
    PGHOST: POSTGRES,
    'api=https://autoscaler.example.com': {
      after: (output) => expect(JSON.parse(output)).toMatchObject({ username: 'admin', token: expect.any(String) }),
    },
    'docker compose run --rm backup  ': COMPOSE,
    'docker compose exec database': COMPOSE,
    'export PGHOST': POSTGRES,
    'kubectl -n autoscaler create job restore': YOUR_CLUSTER,
    'node dist/apps/autoscaler/src/main.js -config': { test: 'test/definitions.e2e-spec.ts' },
    'export INSTANCES': { after: (output) => expect(output).toBe('') },
    'docker compose run --rm backup\ndocker compose --profile': COMPOSE,
    'docker compose run --rm backup\ndocker compose build': COMPOSE,
    'keys() {': YOUR_CLUSTER,
  },
  'docs/experiments.md': { 'npm run bench:hpa': LONG, 'npm run bench:providers': LONG },
  'docs/kubernetes.md': {
    '# 1. An identity': YOUR_CLUSTER,
    'node dist/apps/autoscaler/src/main.js import': YOUR_CLUSTER,
    '# 1. The rights': YOUR_CLUSTER,
  },
  'docs/prometheus.md': {
    'API=http://localhost:8080': {
      before: async () => {
        const spec = { url: 'https://api.example.com' };
        await api.post('/connections', { name: 'adapter', type: 'http', spec, secrets: { hmac_key: 'a'.repeat(32) } });
        return {};
      },
      after: (output) => {
        expect(output).toContain('"cpu": "100 * (1 - avg by (instance)');
        expect(output).toContain('"reason":');
        expect(output).not.toContain('"error"');
      },
    },
  },
  'docs/quickstart.md': { 'API=${API:-': { test: 'test/quickstart.e2e-spec.ts' } },
  'docs/simulator.md': {
    'npm run simulator': { test: 'test/support/programs.ts' },
    'curl -X POST localhost:9000/faults': {
      before: async () => {
        expect((await call(system.urls.simulator, 'POST', '/clusters/web', { servers: 2 })).status).toBe(201);
        return {};
      },
      after: (output) => expect(JSON.parse(output)).toMatchObject({ fault: { cluster_id: 'web', errors: 0.3 } }),
    },
  },
};

const BLOCKS = docsBlocks();

function fateOf({ file, text }: Block): Fate | undefined {
  const known = Object.entries(FATES[file] ?? {}).filter(([begin]) => text.startsWith(begin));
  return known.toSorted(([one], [other]) => other.length - one.length)[0]?.[1];
}

/** The block as a reader would run it who has other addresses and another password than the document. */
function adapted({ text }: Block): string {
  return text
    .replaceAll(/(?:http:\/\/)?localhost:8080|https:\/\/autoscaler\.example\.com/g, system.urls.api)
    .replaceAll('localhost:9000', system.urls.simulator)
    .replaceAll('"password": "…"', `"password": "${PASSWORD}"`)
    .replaceAll('"hmac_key": "…"', `"hmac_key": "${'a'.repeat(32)}"`);
}

describe('the commands of the documents', () => {
  it.each(BLOCKS.map((block) => [`${block.file}:${block.line}`, block] as const))(
    '%s are run by a test, or cannot be, and can be read by a shell',
    (_name, block) => {
      const fate = fateOf(block);
      expect([block.text.slice(0, 60), fate === undefined]).toEqual([block.text.slice(0, 60), false]);
      const tests = fate !== undefined && 'test' in fate ? [fate.test] : [];
      expect(tests.filter((path) => !existsSync(path))).toEqual([]);
      execFileSync('bash', ['-n', '-c', block.text]);
    },
  );

  it('name scripts and files that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: object };
    const unknown = BLOCKS.flatMap((block) => [
      ...scriptsIn(block).filter((name) => !(name in scripts)),
      ...pathsIn(block).filter((path) => !existsSync(path)),
    ]);
    expect(unknown).toEqual([]);
  });

  it('are all there that this test knows', () => {
    const gone = Object.entries(FATES).flatMap(([file, fates]) =>
      Object.keys(fates)
        .filter((begin) => !BLOCKS.some((block) => block.file === file && block.text.startsWith(begin)))
        .map((begin) => `${file}: ${begin}`),
    );
    expect(gone).toEqual([]);
  });
});

describe('in front of a running service', () => {
  const runs = BLOCKS.flatMap((block) => {
    const fate = fateOf(block);
    return fate !== undefined && 'after' in fate ? [[`${block.file}:${block.line}`, block, fate] as const] : [];
  });

  beforeAll(async () => {
    const allowed = 'https://api.example.com,https://prometheus.example';
    system = await startSystem({ speed: 1, env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: allowed } });
    api = await ApiClient.register(system.urls.api, 'ada');
  });
  afterAll(async () => system?.stop());

  it.each(runs)('%s does what it says', async (_name, block, { before, after }) => {
    const variables = (await before?.()) ?? {};
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', adapted(block)], {
      env: { PATH: process.env['PATH'] ?? '', ...variables },
      timeout: 60_000,
    });
    await after(stdout);
  });
});
