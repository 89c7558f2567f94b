// Checks the lock file without network access: every package comes from the registry with its hash, under a license
// that permits redistribution with the service. Known vulnerabilities need the registry: `npm run audit`.
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
/** Packages without a license in this form in the lock file, each reviewed by hand. */
const LOOKED_AT = new Map([
  ['busboy@1.6.0', 'MIT'],
  ['passport-strategy@1.0.0', 'MIT'],
  ['pause@0.0.1', 'MIT'],
  ['streamsearch@1.1.0', 'MIT'],
]);

/** Whether an SPDX expression permits, or requires only, allowed licenses. */
export function isAllowed(expression) {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((license) => ALLOWED.has(license.trim())));
}

/** @returns what is wrong with the packages of a lock file, as sentences */
export function faultsOf({ packages }) {
  const faults = [];
  for (const [path, { version, license, resolved, integrity, dev, link }] of Object.entries(packages)) {
    // Our own packages, and links to them.
    if (!path.includes('node_modules/') || link) continue;
    const name = `${path.replace(/^.*node_modules\//, '')}@${version}`;
    // Without a URL it comes from the configured registry.
    if ((resolved ?? REGISTRY).startsWith(REGISTRY) === false)
      faults.push(`${name} does not come from the registry: ${resolved}`);
    if (integrity === undefined) faults.push(`${name} has no hash`);
    // Packages for build and test are not redistributed.
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
