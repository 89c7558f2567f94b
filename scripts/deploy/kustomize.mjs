// Renders the part of Kustomize that k8s/ uses, so that overlays can be validated without a download; anything else is
// rejected. The operations tests compare it with the real program if that is installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonpatch from 'fast-json-patch';
import { parse, parseAllDocuments } from 'yaml';

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'images', 'patches'];
const WITHOUT_NAMESPACE = ['Namespace'];

/** The resources of a folder with a kustomization.yaml. */
export function render(folder) {
  const file = join(folder, 'kustomization.yaml');
  const kustomization = parse(readFileSync(file, 'utf8'));
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`${file}: scripts/deploy/kustomize.mjs does not know ${unknown.join(', ')}`);
  let resources = (kustomization.resources ?? []).flatMap((name) =>
    name.endsWith('.yaml') ? documentsOf(join(folder, name)) : render(join(folder, name)),
  );
  for (const { target, patch, ...rest } of kustomization.patches ?? []) {
    if (Object.keys(rest).length > 0) throw new Error(`${file}: a patch has a target and a patch, and nothing else`);
    const hit = resources.filter(({ kind, metadata }) => kind === target.kind && metadata.name === target.name);
    if (hit.length !== 1) throw new Error(`${file}: ${target.kind} ${target.name} is there ${hit.length} times`);
    // Rejects paths that do not exist, like Kustomize.
    resources = resources.map((one) =>
      one === hit[0] ? jsonpatch.applyPatch(structuredClone(one), parse(patch), true).newDocument : one,
    );
  }
  for (const resource of resources) {
    for (const container of containersOf(resource)) replaceImage(container, kustomization.images ?? []);
    if (kustomization.namespace !== undefined) {
      const { kind, metadata } = resource;
      if (WITHOUT_NAMESPACE.includes(kind)) metadata.name = kustomization.namespace;
      else metadata.namespace = kustomization.namespace;
    }
  }
  return resources;
}

export function documentsOf(file) {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0].message}`);
    return document.toJS();
  });
}

/** The pod template of a resource, if it has one. */
export function podTemplateOf({ kind, spec }) {
  if (kind === 'CronJob') return spec.jobTemplate.spec.template;
  return kind === 'Deployment' || kind === 'Job' ? spec.template : undefined;
}

export function containersOf(resource) {
  const spec = podTemplateOf(resource)?.spec;
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}

function replaceImage(container, images) {
  const [name] = container.image.split(':');
  const found = images.find((image) => image.name === name);
  if (found !== undefined) container.image = `${found.newName ?? name}:${found.newTag}`;
}
