import { defineProvider, type ProviderDefinition, type Session, z } from '../src/sdk/index.js';

/** A provider of sessions that are there already. */
export function inProcessProvider(session: Session, change: Partial<ProviderDefinition> = {}): ProviderDefinition {
  const fields = z.strictObject({ cluster_id: z.string().optional() });
  const nameOf = (spec: z.output<typeof fields>, clusterId: string): string => spec.cluster_id ?? clusterId;
  const provider: ProviderDefinition = defineProvider({
    type: 'in_process',
    apiVersion: 1,
    title: 'In this process',
    connection: { spec: z.strictObject({ at: z.string().default('here') }), address: ({ at }) => at },
    target: { spec: fields, capabilities: { fencing: true, statesDesired: true, partial: true }, nameOf },
    metrics: { spec: fields, capabilities: { totals: true } },
    open: () => session,
  });
  return { ...provider, ...change };
}
