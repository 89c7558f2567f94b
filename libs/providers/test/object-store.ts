import type { ApiRequest, KubernetesApi } from '../src/kubernetes/api-client.js';
import { failureOf, unreachable } from '../src/kubernetes/api-error.js';

interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Objects by path, with the optimistic locking of an API server. */
export class ObjectStore implements Pick<KubernetesApi, 'get' | 'put' | 'post' | 'delete' | 'clockAheadMs'> {
  readonly clockAheadMs = 0;
  /** Requests with this method and path are forbidden: "PUT /apis/…". */
  readonly forbidden = new Set<string>();
  /** Changes with this method and path are made, and not answered. */
  readonly unanswered = new Set<string>();
  /** Called before each change. */
  beforeChange: (request: string) => void = () => undefined;
  private readonly objects = new Map<string, Stored>();
  private version = 0;

  store(path: string, object: Stored): void {
    this.version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.version) };
    this.objects.set(path, { ...object, metadata });
  }

  at(path: string): Stored | undefined {
    return this.objects.get(path);
  }

  remove(path: string): void {
    this.objects.delete(path);
  }

  async get<T>(path: string, { right }: ApiRequest): Promise<T> {
    this.check(`GET ${path}`, right);
    const found = this.objects.get(path);
    if (found !== undefined) return structuredClone(found) as T;
    if (!/\/(leases|horizontalpodautoscalers)$/.test(path)) throw failureOf(404, '{}', right);
    // A list, in one namespace or in all.
    const [group = '', plural = ''] = path.split(/\/(?=[^/]+$)/);
    const items = [...this.objects].flatMap(([key, object]) =>
      key.startsWith(group) && key.split('/').at(-2) === plural ? [structuredClone(object)] : [],
    );
    return { items } as T;
  }

  async put<T>(path: string, { body, right }: ApiRequest): Promise<T> {
    this.beforeChange(`PUT ${path}`);
    this.check(`PUT ${path}`, right);
    const [before, object] = [this.objects.get(path), body as Stored];
    if (before === undefined) throw failureOf(404, '{}', right);
    if (object.metadata.resourceVersion !== before.metadata.resourceVersion) throw failureOf(409, '{}', right);
    this.store(path, object);
    if (this.unanswered.has(`PUT ${path}`)) throw unreachable(undefined);
    return structuredClone(this.objects.get(path)) as T;
  }

  async post<T>(path: string, { body, right }: ApiRequest): Promise<T> {
    this.check(`POST ${path}`, right);
    const object = body as Stored;
    const one = `${path}/${object.metadata.name}`;
    if (this.objects.has(one)) throw failureOf(409, '{}', right);
    this.store(one, object);
    return structuredClone(this.objects.get(one)) as T;
  }

  async delete(path: string, { right }: ApiRequest): Promise<void> {
    this.check(`DELETE ${path}`, right);
    if (!this.objects.delete(path)) throw failureOf(404, '{}', right);
  }

  private check(request: string, right: string): void {
    if (this.forbidden.has(request)) throw failureOf(403, '{"message":"user cannot do it"}', right);
  }
}
