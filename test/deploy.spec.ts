import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { parse, parseAllDocuments } from 'yaml';

const CHECKED = [
  'k8s',
  'config',
  'deploy',
  'Dockerfile',
  'docker-compose.yml',
  '.env.example',
  'scripts/deploy',
  'package.json',
];

interface Container {
  readonly args: string[];
  readonly env: object[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-spec-'));
  for (const path of CHECKED) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Output of `npm run check:deploy` for a copy of the repository. */
function check(part?: 'kubernetes' | 'containers'): { status: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join('scripts', 'deploy', 'check.mjs'), ...(part === undefined ? [] : [part])],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  return { status, printed: stdout + stderr };
}

function edit(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(folder, file), 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(join(folder, file), after);
}

describe('the check of deployment files', () => {
  it('accepts the present files', () => {
    expect(check()).toEqual({ status: 0, printed: '' });
  });

  it('finds all errors in manifests', () => {
    const wrong: readonly (readonly [file: string, from: string, to: string, expected: RegExp])[] = [
      ['backup.yaml', 'backoffLimit: 2', 'backoffLimit: two', /CronJob autoscaler-backup: .*backoffLimit/],
      [
        'deployment.yaml',
        'readinessProbe:',
        'readynessProbe:',
        /Deployment autoscaler: .*readynessProbe.* does not exist/,
      ],
      [
        'pod-disruption-budget.yaml',
        'policy/v1',
        'policy/v1beta7',
        /there is no PodDisruptionBudget in policy\/v1beta7/,
      ],
      ['service-monitor.yaml', 'interval: 15s', 'interval: soon', /ServiceMonitor autoscaler: .*interval/],
      [
        'migration.yaml',
        'readOnlyRootFilesystem: true',
        'readOnlyRootFilesystem: false',
        /migrate: readOnlyRootFilesystem must/,
      ],
      [
        'service.yaml',
        'component: service }\n  ports',
        'component: sevice }\n  ports',
        /Service autoscaler selects no pod/,
      ],
      ['ingress.yaml', 'name: http }', 'name: https }', /Ingress autoscaler leads to no port/],
      [
        'kustomization.yaml',
        '  - service-account.yaml\n',
        '',
        /service-account\.yaml: kustomization\.yaml does not name it/,
      ],
    ];
    for (const [file, from, to] of wrong) edit(join('k8s', 'base', file), from, to);
    edit('deploy/prometheus/rules.yml', '> 0.05', '> 0.5');
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: autoscaler-secrets }\n';
    writeFileSync(join(folder, 'k8s/base/secret.yaml'), secret);
    edit('k8s/base/kustomization.yaml', '  - service.yaml\n', '  - service.yaml\n  - secret.yaml\n');
    const { status, printed } = check('kubernetes');
    for (const [, , , expected] of wrong) expect(printed).toMatch(expected);
    expect(printed).toContain('is not what deploy/prometheus/rules.yml says');
    expect(printed).toContain('secrets are made in the cluster');
    expect(status).toBe(1);
  });

  it('finds missing probes and settings of the service', () => {
    const deployment = join('k8s', 'base', 'deployment.yaml');
    edit(deployment, /(startupProbe:\n.*\/health)/, '$1/ready');
    edit(deployment, / +readinessProbe:\n( {12}.*\n)+/, '');
    edit(deployment, / +- name: JWT_VERIFICATION_SECRETS\n.*\n/, '');
    const { status, printed } = check('kubernetes');
    expect(printed).toContain('autoscaler: its startupProbe must ask /health');
    expect(printed).toContain('autoscaler: it must have a readinessProbe');
    expect(printed).toContain('config/config.prod.yaml takes JWT_VERIFICATION_SECRETS, which it is not given');
    expect(status).toBe(1);
  });

  it('finds network policies that allow traffic from or to anywhere', () => {
    const policies = join('k8s', 'base', 'network-policies.yaml');
    edit(policies, /- from: .*monitoring.*\n +ports/, '- ports');
    edit(policies, '{ podSelector: { matchLabels: { app.kubernetes.io/name: simulator } } }', '{ podSelector: {} }');
    edit(policies, / +ports: .*9000.*\n/, '');
    edit('k8s/overlays/production/kustomization.yaml', '192.0.2.10/32', '0.0.0.0/0');
    const { status, printed } = check('kubernetes');
    expect(printed).toContain('base: NetworkPolicy autoscaler-in: ingress 1: its from must name whom');
    expect(printed).toContain('base: NetworkPolicy autoscaler-providers: egress 0: its to must name whom');
    expect(printed).toContain('base: NetworkPolicy autoscaler-providers: egress 0: it must name ports');
    expect(printed).toContain('production: NetworkPolicy autoscaler-database: egress 1: its to must name whom');
    expect(status).toBe(1);
  });

  it('finds a patch that changes nothing', () => {
    edit('k8s/overlays/production/kustomization.yaml', '/data/DB_HOST', '/data/DB_HOTS');
    const { status, printed } = check('kubernetes');
    expect(printed).toMatch(/OPERATION_PATH_UNRESOLVABLE/);
    expect(status).toBe(1);
  });

  /** File, text, replacement, and the expected message. */
  type Change = readonly [file: string, from: string | RegExp, to: string, expected: RegExp];

  it.each<{ readonly where: string; readonly changes: readonly Change[] }>([
    {
      where: 'what Compose and Docker would refuse',
      changes: [
        ['docker-compose.yml', 'read_only: true', 'readonly: true', /docker-compose\.yml: .*additional properties/],
        ['Dockerfile', 'WORKDIR /app', 'WORKDIRS /app', /Dockerfile:\d+: Unknown instruction/],
      ],
    },
    {
      where: 'the Compose file and what it starts',
      changes: [
        ['docker-compose.yml', 'JWT_SECRET:?', 'JWT_SECRET:-', /without JWT_SECRET it must refuse to start/],
        ['docker-compose.yml', 'nginx:1.28-alpine', 'nginx:latest', /proxy: its image is not pinned/],
        [
          'docker-compose.yml',
          'postgres/init.sh',
          'postgres/initial.sh',
          /there is no \.\/deploy\/postgres\/initial\.sh/,
        ],
        [
          'docker-compose.yml',
          'networks: [monitoring, alerts]',
          'networks: [monitoring]',
          /alertmanager: no network of it leads to ALERT_WEBHOOK_URL/,
        ],
        [
          'docker-compose.yml',
          'frontend: {}',
          'frontend: { internal: true }',
          /proxy: no network of it leads to its ports/,
        ],
        ['docker-compose.yml', 'DAC_OVERRIDE, NET', 'NET', /proxy: without DAC_OVERRIDE it cannot read its key/],
        ['deploy/grafana/start.sh', ':?', ':-', /grafana: without GF_SECURITY_ADMIN_PASSWORD it must refuse to start/],
        [
          'deploy/prometheus/prometheus.yml',
          'names: [autoscaler]',
          'names: [simulator]',
          /in no network of Prometheus/,
        ],
        ['.env.example', 'DB_PASSWORD=\n', 'DB_PASSWORD=  # of the service\n', /takes the comment behind DB_PASSWORD/],
        ['.env.example', 'DOMAIN=', 'DOMAINS=', /\.env\.example does not name DOMAIN/],
      ],
    },
    {
      where: 'the Dockerfile, and what Prometheus finds',
      changes: [
        [
          'deploy/prometheus/prometheus.yml',
          /dns_sd_configs: .*/,
          `static_configs: [{ targets: ['autoscaler:9090'] }]`,
          /finds one instance of autoscaler:9090 only/,
        ],
        ['Dockerfile', /USER 10001:10001/g, 'USER root', /must not run as root/],
        ['Dockerfile', 'RUN node scripts/setup.mjs', 'RUN npm ci', /build must install with scripts\/setup\.mjs/],
        ['Dockerfile', 'image.title="autoscaler-operator"', 'image.name="x"', /operator must have a title of its own/],
        ['Dockerfile', '"autoscaler-simulator"', '"autoscaler"', /two images are titled autoscaler/],
      ],
    },
  ])('finds everything that is wrong in $where', ({ changes }) => {
    for (const [file, from, to] of changes) edit(file, from, to);
    const { status, printed } = check('containers');
    for (const [, , , expected] of changes) expect(printed).toMatch(expected);
    expect(status).toBe(1);
  });
});

describe('docs/deployment.md', () => {
  const text = readFileSync('docs/deployment.md', 'utf8');

  it('names services and profiles of the Compose file', () => {
    const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
      services: Record<string, { profiles?: string[] }>;
    };
    const commands = text.split('\n').filter((line) => line.includes('docker compose'));
    const named = (pattern: RegExp): string[] =>
      commands.flatMap((line) => [...line.matchAll(pattern)].map(([, name = '']) => name));
    const profiles = named(/--profile (\w+)/g);
    expect(profiles).toContain('proxy');
    expect(Object.values(services).flatMap((service) => service.profiles ?? [])).toEqual(
      expect.arrayContaining(profiles),
    );
    const asked = named(
      /docker compose(?: --profile \w+)* (?:exec|run|stop|restart|ps|logs)(?: -e \S+| --entrypoint \w+| --rm| --quiet| -\w)* (\w+)/g,
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(Object.keys(services)).toEqual(expect.arrayContaining(asked));
  });

  it('restores on Kubernetes with the files of the backup job', () => {
    const manifests = parseAllDocuments(readFileSync('k8s/base/backup.yaml', 'utf8')).map(
      (document) => document.toJS() as { kind: string; spec: { jobTemplate: object } },
    );
    const job = manifests.find(({ kind }) => kind === 'CronJob')?.spec.jobTemplate ?? {};
    const [, patch = ''] = /kubectl patch [^']*'(\[[^']*\])'/.exec(text) ?? [];
    // Rejects missing paths, like kubectl.
    const { newDocument } = jsonpatch.applyPatch(structuredClone(job), JSON.parse(patch) as Operation[], true);
    const { containers, restartPolicy } = (
      newDocument as { spec: { template: { spec: { containers: Container[]; restartPolicy: string } } } }
    ).spec.template.spec;
    expect(restartPolicy).toBe('Never');
    expect(containers).toHaveLength(1);
    expect(containers[0]).toMatchObject({
      args: ['restore', expect.stringMatching(/^\/backups\/autoscaler-\d{8}T\d{6}Z\.pgdump\.age$/)],
      env: expect.arrayContaining([
        { name: 'DB_USER', value: 'autoscaler_owner' },
        { name: 'DB_NAME', value: 'restored' },
      ]),
    });
  });
});

describe('the start of Grafana', () => {
  const start = (password: string) =>
    spawnSync('sh', [join('deploy', 'grafana', 'start.sh'), 'an', 'argument'], {
      env: { PATH: process.env['PATH'], GRAFANA: '/bin/echo', GF_SECURITY_ADMIN_PASSWORD: password },
      encoding: 'utf8',
    });

  it('is refused without a password', () => {
    const { status, stdout, stderr } = start('');
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('set GRAFANA_PASSWORD in .env');
  });

  it('continues with one', () => {
    expect(start('one of its own')).toMatchObject({ status: 0, stdout: 'an argument\n' });
  });
});
