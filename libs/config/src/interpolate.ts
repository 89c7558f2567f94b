import type { Env } from './environment.js';
import type { ConfigFault } from './faults.js';
import { fieldAt } from './keys.js';
import { readSecretFile } from './secret-files.js';

// The first alternative is an escape, the last whatever else begins like a reference.
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^}]*))?\}|\$\{[^}]*\}?/g;

/** A text with its references resolved. */
export interface Interpolated {
  readonly value: string;
  /** Variables that contributed. */
  readonly variables: readonly string[];
}

/**
 * Resolves `${VAR}`, `${VAR:-default}` and `${VAR:?message}` as a shell does: an empty variable counts as unset for the latter two.
 * `$${` stands for `${` itself. Where `VAR` is not set but `VAR_FILE` is, the value is what that file holds, as with the images of
 * databases and the secrets of Docker and Kubernetes.
 *
 * @param faults receives a fault for each variable that is required and missing, and for what only looks like a reference
 */
export function interpolate(text: string, key: string, env: Env, faults: ConfigFault[]): Interpolated {
  const variables: string[] = [];
  const value = text.replaceAll(
    REFERENCE,
    (whole, name: string | undefined, operator: string | undefined, operand: string | undefined) => {
      if (whole === '$${') return '${';
      if (name === undefined || operand?.includes('${') === true) {
        const allowed = '${VAR}, ${VAR:-default} or ${VAR:?message}, none within another, and $${ for a literal ${';
        const told = fieldAt(key)?.secret === true ? '${…' : whole;
        faults.push({ key, problem: `contains ${told}, which is not a valid reference; allowed: ${allowed}` });
        return '';
      }
      const found = lookUp(name, env);
      if (found.problem !== undefined) {
        faults.push({ key, problem: found.problem });
        return '';
      }
      if (found.value !== undefined && (found.value !== '' || operator === undefined)) {
        variables.push(found.variable);
        return found.value;
      }
      if (operator === ':-') return operand ?? '';
      const why = operator === ':?' && operand !== undefined && operand !== '' ? operand : 'is not set';
      faults.push({ key, problem: `needs the environment variable ${name}: ${why}` });
      return '';
    },
  );
  return { value, variables };
}

function lookUp(name: string, env: Env): { variable: string; value?: string | undefined; problem?: string } {
  const variable = `${name}_FILE`;
  const file = env[variable] ?? '';
  if (file === '') return { variable: name, value: env[name] };
  if ((env[name] ?? '') !== '')
    return { variable, problem: `is set by $${name} and by $${variable}; unset one of them` };
  const { value, problem } = readSecretFile(file);
  if (problem === undefined) return { variable, value };
  return { variable, problem: `cannot be read from the file that $${variable} names: ${problem}` };
}
