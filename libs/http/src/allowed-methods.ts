import { METHODS } from 'node:http';
import type { Request } from 'express';

/** A route as Express stores it; its types lack half of it. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): false | { readonly params: object };
}

/**
 * The allowed methods of a path; empty where no route matches.
 *
 * @param literal only of routes without parameters: `/clusters/overview`, not `/clusters/:id`
 */
export function allowedMethods({ app, path }: Request, { literal = false } = {}): readonly string[] {
  const methods = new Set<string>();
  for (const layer of app.router.stack as unknown as readonly Layer[]) {
    const match = layer.route === undefined ? false : layer.match(path);
    if (layer.route === undefined || match === false) continue;
    if (literal && Object.keys(match.params).length > 0) continue;
    const own = Object.keys(layer.route.methods);
    // Nest mounts middleware as a route for all methods, which does not answer itself.
    if (own.length >= METHODS.length) continue;
    for (const method of own) methods.add(method.toUpperCase());
  }
  // Express answers HEAD wherever it answers GET.
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
}
