// Looks through the lock file, without the network: what is installed comes from the registry with its hash, under a license that may be
// passed on with the service. Known faults are another question, which only the registry answers: `npm run audit`.
import { readFileSync } from 'node:fs';

const REGISTRY = 'https://registry.npmjs.org/';
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);
/** Packages whose license the lock file does not tell in this form, each looked at. */
const LOOKED_AT = new Map([
  ['busboy@1.6.0', 'MIT'],
  ['passport-strategy@1.0.0', 'MIT'],
  ['pause@0.0.1', 'MIT'],
  ['streamsearch@1.1.0', 'MIT'],
]);

/** Whether an SPDX expression leaves a choice, or demands only, what is allowed. */
export function isAllowed(expression) {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((license) => ALLOWED.has(license.trim())));
}

/** @returns what is wrong with the packages of a lock file, in words */
export function faultsOf({ packages }) {
  const faults = [];
  for (const [path, { version, license, resolved, integrity, dev, link }] of Object.entries(packages)) {
    // Our own packages, and links to them.
    if (!path.includes('node_modules/') || link) continue;
    const name = `${path.replace(/^.*node_modules\//, '')}@${version}`;
    // Without an address it is the registry's, whichever one npm is told to use.
    if ((resolved ?? REGISTRY).startsWith(REGISTRY) === false)
      faults.push(`${name} does not come from the registry: ${resolved}`);
    if (integrity === undefined) faults.push(`${name} has no hash`);
    // What only builds and tests is passed on to nobody.
    if (dev || LOOKED_AT.get(name) !== undefined) continue;
    if (license === undefined) faults.push(`${name} does not say its license`);
    else if (!isAllowed(license)) faults.push(`${name} is under ${license}, which is not among the allowed licenses`);
  }
  return faults;
}

if (process.argv[1] === import.meta.filename) {
  const faults = faultsOf(JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
