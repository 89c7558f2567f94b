import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { fieldAt, keysOf } from './keys.js';

/** One thing wrong with the configuration. */
export interface ConfigFault {
  /** Dotted, as in `api.jwt_secret`. */
  readonly key: string;
  readonly problem: string;
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly ConfigFault[]) {
    super(
      faults.length === 1
        ? sentence(faults[0] as ConfigFault)
        : `the configuration has ${faults.length} faults:\n${faults.map((fault) => `  - ${sentence(fault)}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

function sentence(fault: ConfigFault): string {
  return fault.key === '' ? fault.problem : `${fault.key} ${fault.problem}`;
}

/** Says each of zod's findings in the configuration's own words: key, what is wrong, what is allowed. */
export function faultsOf(error: z.ZodError): ConfigFault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key].join('.')));
    const key = path.join('.');
    const allowed = fieldAt(key)?.allowed ?? 'a section of keys';
    const problem = issue.code === 'custom' ? issue.message : `is not valid (${lowerFirst(issue.message)})`;
    return [{ key, problem: `${problem}; allowed is ${allowed}` }];
  });
}

/** The fault for a key that does not exist, with the existing one that is most like it. */
export function unknownKey(key: string, spelled = key): ConfigFault {
  const nearest = keysOf()
    .map((candidate) => ({ candidate, far: distance(key, candidate.key) }))
    .reduce((best, other) => (other.far < best.far ? other : best));
  return { key: spelled, problem: `is not a key of the configuration; did you mean ${nearest.candidate.key}?` };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
