import { type ConfigFault, unknownKey } from './faults.js';
import { type ConfigKey, keysOf } from './keys.js';
import { readSecretFile } from './secret-files.js';
import { setAt, type Tree } from './tree.js';

export type Env = Readonly<Record<string, string | undefined>>;

const PREFIX = 'AUTOSCALER_';
// Kubernetes sets variables such as AUTOSCALER_SERVICE_HOST and AUTOSCALER_API_PORT=tcp://10.0.0.1:8080 in every pod if
// a service is named `autoscaler` or `autoscaler-api`. They are no configuration.
const SERVICE_LINK_NAME = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const SERVICE_LINK_VALUE = /^(?:tcp|udp|sctp):\/\//;

const FILE = '_FILE';

/**
 * Applies `AUTOSCALER_SECTION_KEY`, which overrides the file, and `AUTOSCALER_SECTION_KEY_FILE`, which names a file
 * with the value.
 *
 * @param faults receives a fault for each variable with our prefix that overrides nothing
 */
export function override(tree: Tree, env: Env, sources: Map<string, string>, faults: ConfigFault[]): void {
  const byVariable = new Map(keysOf().map((field) => [field.variable, field]));
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined) continue;
    if (SERVICE_LINK_NAME.test(variable) || SERVICE_LINK_VALUE.test(value)) continue;
    const field = byVariable.get(variable);
    const inFile = variable.endsWith(FILE) ? byVariable.get(variable.slice(0, -FILE.length)) : undefined;
    if (field === undefined && inFile !== undefined) {
      overrideFromFile(tree, env, inFile, sources, faults);
    } else if (field === undefined) {
      const key = variable.slice(PREFIX.length).toLowerCase().replace('_', '.');
      const fault = unknownKey(key, variable);
      faults.push(fault);
    } else if (setAt(tree, field.key, value)) {
      sources.set(field.key, `$${variable}`);
    }
  }
}

function overrideFromFile(
  tree: Tree,
  env: Env,
  { key, variable }: ConfigKey,
  sources: Map<string, string>,
  faults: ConfigFault[],
): void {
  const source = `$${variable}${FILE}`;
  if (env[variable] !== undefined) {
    // Not reported under the key itself: the value of the other variable would hide it.
    faults.push({ key: `${variable}${FILE}`, problem: `is set beside ${variable}; unset one of them` });
    return;
  }
  const { value, problem } = readSecretFile(env[variable + FILE] as string);
  if (problem !== undefined)
    faults.push({ key, problem: `cannot be read from the file that ${source} names: ${problem}` });
  else if (setAt(tree, key, value)) sources.set(key, source);
}
