import type { ProviderDefinition } from '../sdk/index.js';

/** The type of the stored connections that clusters of a provider name. */
export function kindOf({ type, connection }: ProviderDefinition): string {
  return connection.kind ?? type;
}

/**
 * The first provider of each type of stored connections.
 *
 * @throws TypeError where two providers of one type do not declare the same
 */
export function connectionKinds(definitions: Iterable<ProviderDefinition>): ReadonlyMap<string, ProviderDefinition> {
  const kinds = new Map<string, ProviderDefinition>();
  for (const definition of definitions) {
    if (definition.connection.named !== true) continue;
    const kind = kindOf(definition);
    const first = kinds.get(kind) ?? definition;
    if (first.connection.spec !== definition.connection.spec)
      throw new TypeError(
        `the providers ${first.type} and ${definition.type} declare different connections of the type "${kind}"`,
      );
    kinds.set(kind, first);
  }
  return kinds;
}
