// Checks of the deployment files for `npm run check`; with the argument `kubernetes` or `containers` only those.
import { containerFaults } from './containers.mjs';
import { kubernetesFaults } from './kubernetes.mjs';

const [part] = process.argv.slice(2);
const faults = [
  ...(part === 'containers' ? [] : await kubernetesFaults()),
  ...(part === 'kubernetes' ? [] : containerFaults()),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
