import type { ConfigFault } from './faults.js';

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
 * `$${` stands for `${` itself.
 *
 * @param faults receives a fault for each variable that is required and missing, and for what only looks like a reference
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
    (whole, name: string | undefined, operator: string | undefined, operand: string | undefined) => {
      if (whole === '$${') return '${';
      if (name === undefined) {
        const allowed = '${VAR}, ${VAR:-default} or ${VAR:?message}, and $${ for a literal ${';
        faults.push({ key, problem: `contains ${whole}, which is no reference; allowed is ${allowed}` });
        return '';
      }
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
