import { type ConfigFault, unknownKey } from './faults.js';
import { keysOf } from './keys.js';
import { setAt, type Tree } from './tree.js';

export type Env = Readonly<Record<string, string | undefined>>;

const PREFIX = 'AUTOSCALER_';
// Kubernetes tells every pod of a service called `autoscaler` or `autoscaler-api` in variables such as
// AUTOSCALER_SERVICE_HOST and AUTOSCALER_API_PORT=tcp://10.0.0.1:8080. They are not meant for us.
const SERVICE_LINK_NAME = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const SERVICE_LINK_VALUE = /^(?:tcp|udp|sctp):\/\//;

/**
 * Lets `AUTOSCALER_SECTION_KEY` override what the file says.
 *
 * @param faults receives a fault for each variable with our prefix that overrides nothing
 */
export function override(tree: Tree, env: Env, sources: Map<string, string>, faults: ConfigFault[]): void {
  const byVariable = new Map(keysOf().map((field) => [field.variable, field]));
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined) continue;
    if (SERVICE_LINK_NAME.test(variable) || SERVICE_LINK_VALUE.test(value)) continue;
    const field = byVariable.get(variable);
    if (field === undefined) {
      const key = variable.slice(PREFIX.length).toLowerCase().replace('_', '.');
      const fault = unknownKey(key, variable);
      faults.push(fault);
    } else if (setAt(tree, field.key, value)) {
      sources.set(field.key, `$${variable}`);
    }
  }
}
