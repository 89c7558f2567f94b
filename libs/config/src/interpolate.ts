import type { ConfigFault } from './faults.js';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^}]*))?\}/g;

/** A text with its references resolved. */
export interface Interpolated {
  readonly value: string;
  /** Variables that contributed. */
  readonly variables: readonly string[];
}

/**
 * Resolves `${VAR}`, `${VAR:-default}` and `${VAR:?message}` as a shell does: an empty variable counts as unset for the latter two.
 *
 * @param faults receives a fault for each variable that is required and missing
 */
export function interpolate(
  text: string,
  key: string,
  env: Readonly<Record<string, string | undefined>>,
  faults: ConfigFault[],
): Interpolated {
  const variables: string[] = [];
  const value = text.replaceAll(
    REFERENCE,
    (_whole, name: string, operator: string | undefined, operand: string | undefined) => {
      const found = env[name];
      if (found !== undefined && (found !== '' || operator === undefined)) {
        variables.push(name);
        return found;
      }
      if (operator === ':-') return operand ?? '';
      const why = operator === ':?' && operand !== undefined && operand !== '' ? operand : 'is not set';
      faults.push({ key, problem: `needs the environment variable ${name}: ${why}` });
      return '';
    },
  );
  return { value, variables };
}
