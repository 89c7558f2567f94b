import { defineProvider, type z } from '../sdk/index.js';
import { simulatorConnection, simulatorMetrics, simulatorTarget } from './simulator.fields.js';
import { simulatedName, SimulatorSession } from './simulator.session.js';

/**
 * The simulated cloud over HTTP (docs/simulator.md).
 *
 * @param url where clusters live that name no other
 */
export function simulatorProvider(url: string) {
  const address = (connection: z.output<typeof simulatorConnection>): string => connection.url ?? url;
  return defineProvider({
    type: 'simulator',
    apiVersion: 1,
    title: 'Simulated cloud',
    summary: 'Servers that exist only here, to try a policy. You can start load spikes and crash servers.',
    connection: { spec: simulatorConnection, address },
    target: {
      spec: simulatorTarget,
      capabilities: { fencing: true, statesDesired: true, partial: true },
      nameOf: simulatedName,
    },
    metrics: { spec: simulatorMetrics, capabilities: { totals: true }, nameOf: simulatedName },
    open: (connection, context) => new SimulatorSession(address(connection), context),
  });
}
