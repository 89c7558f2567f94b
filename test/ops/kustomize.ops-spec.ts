import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

// Neither Debian nor npm has a package of it; where somebody has installed it, what `npm run check` validates is compared with what it makes.
const withKustomize = spawnSync('kustomize', ['version']).status === 0 ? describe : describe.skip;

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

function byName(resources: readonly Resource[]): Record<string, Resource> {
  return Object.fromEntries(resources.map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource]));
}

withKustomize('what is validated', () => {
  it.each(['production', 'staging'])('is what Kustomize makes of %s', (overlay) => {
    const folder = `k8s/overlays/${overlay}`;
    const built = execFileSync('kustomize', ['build', folder], { encoding: 'utf8' });
    const script = `import { render } from './scripts/deploy/kustomize.mjs'; console.log(JSON.stringify(render('${folder}')));`;
    const rendered = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const real = byName(parseAllDocuments(built).map((document) => document.toJS() as Resource));
    expect(byName(JSON.parse(rendered) as Resource[])).toEqual(real);
    expect(Object.keys(real).length).toBeGreaterThan(10);
  });
});
