import type { Env } from './environment.js';
import type { ConfigFault } from './faults.js';
import { fieldAt } from './keys.js';
import { readSecretFile } from './secret-files.js';

// The first alternative is an escape, the last anything else that starts like a reference.
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^}]*))?\}|\$\{[^}]*\}?/g;

/** A text with its references resolved. */
export interface Interpolated {
  readonly value: string;
  /** Variables that were used. */
  readonly variables: readonly string[];
}

/**
 * Resolves `${VAR}`, `${VAR:-default}` and `${VAR:?message}` like a shell: the latter two treat an empty variable as
 * unset. `$${` is an escaped `${`. If `VAR` is not set but `VAR_FILE` is, the value is the content of that file, as in
 * database images and with secrets of Docker and Kubernetes.
 *
 * @param faults receives a fault for each missing required variable, and for text that only looks like a reference
 */
export function interpolate(text: string, key: string, env: Env, faults: ConfigFault[]): Interpolated {
  const variables: string[] = [];
  const value = text.replaceAll(
    REFERENCE,
    (whole, name: string | undefined, operator: string | undefined, operand: string | undefined) => {
      if (whole === '$${') return '${';
      if (name === undefined || operand?.includes('${') === true) {
        const allowed = '${VAR}, ${VAR:-default} or ${VAR:?message}, none within another, and $${ for a literal ${';
        const shown = fieldAt(key)?.secret === true ? '${…' : whole;
        faults.push({ key, problem: `contains ${shown}, which is not a valid reference; allowed: ${allowed}` });
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
