import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CHECKED = ['k8s', 'deploy', 'Dockerfile', 'docker-compose.yml', '.env.example', 'scripts/deploy', 'package.json'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-spec-'));
  for (const path of CHECKED) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `npm run check:deploy` says of a copy of the tree. */
function check(): { status: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('scripts', 'deploy', 'check.mjs')], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, printed: stdout + stderr };
}

function edit(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(folder, file), 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(join(folder, file), after);
}

describe('the check of deployment files', () => {
  it('finds nothing wrong with those that are here', () => {
    expect(check()).toEqual({ status: 0, printed: '' });
  });

  it.each([
    [
      'k8s/base/deployment.yaml',
      'containerPort: 8080',
      'containerPort: http',
      /Deployment autoscaler: .*containerPort/,
    ],
    [
      'k8s/base/deployment.yaml',
      'readinessProbe:',
      'readynessProbe:',
      /Deployment autoscaler: .*'readynessProbe' does not exist/,
    ],
    [
      'k8s/base/pod-disruption-budget.yaml',
      'policy/v1',
      'policy/v1beta7',
      /there is no PodDisruptionBudget in policy\/v1beta7/,
    ],
    ['k8s/base/service-monitor.yaml', 'interval: 15s', 'interval: soon', /ServiceMonitor autoscaler: .*interval/],
    [
      'k8s/base/migration.yaml',
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      /migrate: readOnlyRootFilesystem must be true/,
    ],
    [
      'k8s/base/service.yaml',
      'component: service }\n  ports',
      'component: sevice }\n  ports',
      /Service autoscaler selects no pod/,
    ],
    ['k8s/base/ingress.yaml', 'name: http }', 'name: https }', /Ingress autoscaler leads to no port/],
    [
      'k8s/base/kustomization.yaml',
      '  - network-policies.yaml\n',
      '',
      /network-policies\.yaml: kustomization\.yaml does not name it/,
    ],
    ['k8s/overlays/production/kustomization.yaml', '/data/DB_HOST', '/data/DB_HOTS/x', /DB_HOTS|unresolvable|path/i],
    ['deploy/prometheus/rules.yml', '> 0.05', '> 0.5', /is not what deploy\/prometheus\/rules\.yml says/],
    ['docker-compose.yml', 'read_only: true', 'readonly: true', /docker-compose\.yml: .*additional properties/],
    ['docker-compose.yml', 'JWT_SECRET:?', 'JWT_SECRET:-', /without JWT_SECRET it must refuse to start/],
    ['docker-compose.yml', 'nginx:1.28-alpine', 'nginx:latest', /proxy: its image is not pinned/],
    [
      'docker-compose.yml',
      './deploy/postgres/init.sh',
      './deploy/postgres/initial.sh',
      /there is no \.\/deploy\/postgres\/initial\.sh/,
    ],
    ['.env.example', 'DOMAIN=', 'DOMAINS=', /\.env\.example does not name DOMAIN/],
    ['Dockerfile', /USER 10001:10001/g, 'USER root', /must not run as root/],
    ['Dockerfile', 'WORKDIR /app', 'WORKDIRS /app', /Dockerfile:\d+: Unknown instruction/],
  ])('finds what is wrong in %s: %s', (file, from: string | RegExp, to, expected) => {
    edit(file, from, to);
    const { status, printed } = check();
    expect(printed).toMatch(expected);
    expect(status).toBe(1);
  });

  it('finds a secret among the manifests', () => {
    writeFileSync(
      join(folder, 'k8s/base/secret.yaml'),
      'apiVersion: v1\nkind: Secret\nmetadata: { name: autoscaler-secrets }\n',
    );
    edit('k8s/base/kustomization.yaml', '  - service.yaml\n', '  - service.yaml\n  - secret.yaml\n');
    expect(check().printed).toContain('secrets are made in the cluster');
  });
});
