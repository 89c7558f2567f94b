import { defineProvider, type ProviderContext, type ProviderDefinition, type Session, z } from '../src/sdk/index.js';

/** A provider whose stored connections need a secret, and whose sessions are there already. */
export function secretProvider(
  open: (connection: { readonly url: string }, token: string, context: ProviderContext) => Session | Promise<Session>,
): ProviderDefinition {
  const fields = z.strictObject({ cluster_id: z.string().optional() });
  const nameOf = (spec: z.output<typeof fields>, clusterId: string): string => spec.cluster_id ?? clusterId;
  return defineProvider({
    type: 'guarded',
    apiVersion: 1,
    title: 'Guarded',
    connection: {
      spec: z.strictObject({
        url: z.string(),
        region: z.string().default('eu'),
        ambient: z.boolean().default(false),
      }),
      secrets: ['token', 'password'],
      named: true,
      kind: 'guarded_api',
      address: ({ url }) => url,
      ambient: ({ ambient }) => ambient,
      pasted: {
        field: 'pasted',
        title: 'Pasted',
        description: 'a URL and a token',
        read(text) {
          const [url = '', token] = text.split(' ');
          return token === undefined
            ? { faults: [{ field: 'spec.pasted', error: 'spec.pasted must have a token' }] }
            : { spec: { url }, secrets: { token } };
        },
      },
    },
    target: { spec: fields, capabilities: { fencing: true, statesDesired: true, partial: true }, nameOf },
    metrics: { spec: fields, capabilities: { totals: true } },
    open: async (connection, context) => open(connection, await context.secret('token'), context),
  });
}
