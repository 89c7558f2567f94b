/** What a request asks of an API server, as rights name it: `list pods`, `get deployments.apps/scale`. Unknown paths are `other`. */
export function requestName(method: string, url: string): string {
  const { pathname, searchParams } = new URL(url, 'https://here');
  const [, group = '', rest = ''] =
    /^\/(?:api\/[^/]+|apis\/([^/]+)\/[^/]+)\/(?:namespaces\/[^/]+\/)?(.+)$/.exec(pathname) ?? [];
  const [resource, name, subresource] = rest.split('/');
  if (resource === undefined || resource === '') return 'other';
  const what = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verbOf(method, name !== undefined, searchParams.has('watch'))} ${what}`;
}

function verbOf(method: string, isNamed: boolean, isWatch: boolean): string {
  switch (method) {
    case 'GET':
      return isWatch ? 'watch' : isNamed ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    default:
      return method.toLowerCase();
  }
}

/** How often something was asked between two times. */
export class Counter {
  private counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Counts divided by `parts`, most first, and starts again at 0. */
  take(parts: number): Readonly<Record<string, number>> {
    const entries = [...this.counts].toSorted(([, one], [, other]) => other - one);
    this.counts = new Map();
    return Object.fromEntries(entries.map(([name, count]) => [name, Math.round((100 * count) / parts) / 100]));
  }
}
