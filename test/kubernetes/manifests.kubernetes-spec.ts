import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../support/eventually.js';
import { apply, kubectl } from './support/control-plane.js';

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly template?: { readonly spec?: { readonly automountServiceAccountToken?: boolean } } };
  readonly data?: Readonly<Record<string, string>>;
}

const OVERLAYS = ['production', 'staging'];
/** Of Prometheus' operator, which is not there. */
const FOREIGN = 'monitoring.coreos.com/';

/** What Kustomize makes of a folder. */
function built(folder: string): readonly Resource[] {
  return parseAllDocuments(kubectl(['kustomize', folder])).map((document) => document.toJS() as Resource);
}

function byName(resources: readonly Resource[]): Readonly<Record<string, Resource>> {
  return Object.fromEntries(resources.map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource]));
}

describe('the manifests in k8s/', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    kubectl(['delete', 'namespace', 'autoscaler', 'autoscaler-staging', '--wait=false', '--ignore-not-found']);
  });

  it.each(OVERLAYS)('of %s are what `npm run check` validates', (overlay) => {
    const path = `k8s/overlays/${overlay}`;
    const script = `import { render } from './scripts/deploy/kustomize.mjs'; console.log(JSON.stringify(render('${path}')));`;
    const rendered = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const real = byName(built(path));
    expect(byName(JSON.parse(rendered) as Resource[])).toEqual(real);
    expect(Object.keys(real).length).toBeGreaterThan(10);
  });

  it.each(OVERLAYS)('of %s are admitted, and their pods run', async (overlay) => {
    const resources = built(`k8s/overlays/${overlay}`).filter(({ apiVersion }) => !apiVersion.startsWith(FOREIGN));
    const spaces = resources.filter(({ kind }) => kind === 'Namespace');
    apply(...(spaces as never[]));
    apply(...(resources.filter((resource) => !spaces.includes(resource)) as never[]));
    const namespace = spaces[0]!.metadata.name;
    const deployments = resources.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.length).toBeGreaterThan(0);
    for (const { metadata } of deployments) {
      await eventually(`${metadata.name} runs`, () => {
        const path = 'jsonpath={.status.readyReplicas}/{.spec.replicas}';
        const [ready, wanted] = kubectl(['get', 'deployment', metadata.name, '-n', namespace, '-o', path]).split('/');
        return ready !== '' && ready === wanted;
      });
    }
  });

  it('give the token of the service account to the service alone, with the component for its own cluster', () => {
    const here = (path: string): string => relative(folder, resolve('k8s', path));
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [here('overlays/production')],
      components: [here('components/in-cluster')],
    };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const resources = built(folder);
    const withToken = resources.filter(({ spec }) => spec?.template?.spec?.automountServiceAccountToken === true);
    expect(withToken.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Deployment autoscaler']);
    const { 'ConfigMap autoscaler-config': config, 'NetworkPolicy autoscaler-api-server': policy } = byName(resources);
    expect(config?.data).toMatchObject({ AUTOSCALER_PROVIDERS_KUBERNETES_ALLOW_AMBIENT: 'true' });
    expect(policy).toBeDefined();
  });

  it('make a job that gives workloads back, with an identity of its own, from the component for it', async () => {
    const here = (path: string): string => relative(folder, resolve('k8s', path));
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      // As where an overlay itself names the component.
      namespace: 'autoscaler-staging',
      resources: [here('overlays/staging')],
      components: [here('components/hand-back')],
    };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const resources = built(folder).filter(({ apiVersion }) => !apiVersion.startsWith(FOREIGN));
    const spaces = resources.filter(({ kind }) => kind === 'Namespace');
    const namespace = spaces[0]!.metadata.name;
    apply(...(spaces as never[]));
    apply(...(resources.filter((resource) => !spaces.includes(resource)) as never[]));
    kubectl(['create', 'job', 'now', '--from=cronjob/autoscaler-hand-back', '-n', namespace]);
    const path = 'jsonpath={.items[*].spec.serviceAccountName} {.items[*].status.phase}';
    await eventually('its pod is admitted and runs', () => {
      const pods = kubectl(['get', 'pods', '-n', namespace, '-l', 'job-name=now', '-o', path]);
      return /^autoscaler-hand-back (Running|Succeeded)$/.test(pods);
    });
    const { 'ClusterRoleBinding autoscaler-hand-back': binding } = byName(resources) as Record<
      string,
      { subjects?: object }
    >;
    expect(binding?.subjects).toMatchObject([{ name: 'autoscaler-hand-back', namespace }]);
  });
});
