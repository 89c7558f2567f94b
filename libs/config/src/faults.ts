import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { fieldAt, keysOf, sectionsOf } from './keys.js';

/** An error in the configuration. */
export interface ConfigFault {
  /** Dotted, as in `api.jwt_secret`. */
  readonly key: string;
  readonly problem: string;
}

/** All errors of a configuration. */
export class ConfigError extends Error {
  readonly operational = true;

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

/** Converts zod's issues: key, what is wrong, what is allowed. */
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

/** The fault for an unknown key, with the most similar key or section. */
export function unknownKey(key: string, spelled = key): ConfigFault {
  const candidates = [...keysOf().map((field) => field.key), ...sectionsOf()];
  const nearest = candidates
    .map((candidate) => ({ candidate, far: farness(key, candidate) }))
    .reduce((best, other) => (other.far < best.far ? other : best));
  return { key: spelled, problem: `is not a key of the configuration; did you mean ${nearest.candidate}?` };
}

/** The right name in the wrong section is more similar than a similar spelling. */
function farness(key: string, candidate: string): number {
  return lastName(key) === lastName(candidate) ? 0.5 : distance(key, candidate);
}

function lastName(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
