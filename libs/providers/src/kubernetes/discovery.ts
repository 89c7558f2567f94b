import { ProviderError } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import type { WorkloadSpec } from './kubernetes.fields.js';

/** A resource of which each object has a desired count. */
export interface ScalableResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As paths and rights name it: `deployments`. */
  readonly plural: string;
}

/** After this time an unknown kind starts another discovery: it may have been added. */
const LEAST_AGE_MS = 10_000;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly scope?: string;
      readonly responseKind?: { readonly kind?: string };
      readonly subresources?: readonly { readonly subresource: string }[];
    }[];
  }[];
}

interface Groups {
  readonly kind?: string;
  readonly items?: readonly GroupDiscovery[];
  readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Which resources of a Kubernetes cluster can be scaled: those of any kind with a `scale` subresource. */
export class Discovery {
  private found: Promise<readonly ScalableResource[]> | null = null;
  private foundAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly api: KubernetesApi) {}

  /** @throws ProviderError `not_found` where there is no such kind, `refused` where several groups have it */
  async find(spec: WorkloadSpec, signal: AbortSignal): Promise<ScalableResource> {
    let matches = matching(await this.all(signal), spec);
    if (matches.length === 0 && Date.now() - this.foundAt > LEAST_AGE_MS) {
      this.forget();
      matches = matching(await this.all(signal), spec);
    }
    const [first, ...others] = matches;
    if (first === undefined)
      throw new ProviderError('not_found', `the cluster has no kind ${nameOf(spec)} that can be scaled`);
    if (others.length > 0) {
      const groups = matches.map(({ group }) => group).join(', ');
      throw new ProviderError('refused', `the groups ${groups} have a kind ${spec.kind}: name one in "group"`);
    }
    return first;
  }

  /** @throws ProviderError */
  async all(signal: AbortSignal): Promise<readonly ScalableResource[]> {
    if (this.found === null) {
      this.foundAt = Date.now();
      this.found = this.read(signal);
      this.found.catch(() => this.forget());
    }
    return this.found;
  }

  /** The next call reads the resources again. */
  forget(): void {
    this.found = null;
  }

  private async read(signal: AbortSignal): Promise<readonly ScalableResource[]> {
    const answer = await this.api.get<Groups>('/apis', { accept: AGGREGATED, right: 'get /apis', signal });
    const core = await this.resourcesOf('/api/v1', '', 'v1', signal);
    if (answer.kind === 'APIGroupDiscoveryList') return [...core, ...(answer.items ?? []).flatMap(scalableOf)];
    // Before Kubernetes 1.30, one request for each group.
    const groups = (answer.groups ?? []).map(async ({ preferredVersion: { groupVersion } }) => {
      const [group = '', version = ''] = groupVersion.split('/');
      return this.resourcesOf(`/apis/${groupVersion}`, group, version, signal).catch(() => []);
    });
    return [...core, ...(await Promise.all(groups)).flat()];
  }

  private async resourcesOf(
    path: string,
    group: string,
    version: string,
    signal: AbortSignal,
  ): Promise<readonly ScalableResource[]> {
    const { resources = [] } = await this.api.get<ResourceList>(path, { right: `get ${path}`, signal });
    const scaled = new Set(resources.flatMap(({ name }) => (name.endsWith('/scale') ? [name.split('/')[0]] : [])));
    return resources.flatMap(({ name, kind, namespaced }) =>
      namespaced && scaled.has(name) ? [{ group, version, kind, plural: name }] : [],
    );
  }
}

function scalableOf({ metadata, versions = [] }: GroupDiscovery): readonly ScalableResource[] {
  const found = new Map<string, ScalableResource>();
  // The preferred version comes first.
  for (const { version, resources = [] } of versions) {
    for (const { resource: plural, scope, responseKind, subresources = [] } of resources) {
      const isScalable = scope === 'Namespaced' && subresources.some(({ subresource }) => subresource === 'scale');
      if (!isScalable || found.has(plural)) continue;
      found.set(plural, { group: metadata?.name ?? '', version, kind: responseKind?.kind ?? '', plural });
    }
  }
  return [...found.values()];
}

function matching(all: readonly ScalableResource[], { kind, group }: WorkloadSpec): readonly ScalableResource[] {
  const wanted = kind.toLowerCase();
  return all.filter((one) => one.kind.toLowerCase() === wanted && (group === undefined || one.group === group));
}

function nameOf({ kind, group }: WorkloadSpec): string {
  return group === undefined ? kind : `${kind} in ${group}`;
}
