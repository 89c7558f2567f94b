import type { Request } from 'express';

/** What Express keeps of a route; its types leave out half of it. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): unknown;
}

/** The methods that a path has, for one that it does not have; none where the path leads nowhere. */
export function allowedMethods({ app, path }: Request): readonly string[] {
  const methods = new Set<string>();
  for (const layer of app.router.stack as unknown as readonly Layer[]) {
    if (layer.route === undefined || layer.match(path) === false) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  // Express answers it wherever it answers GET.
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
}
