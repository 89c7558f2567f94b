// What `npm run check` says of the files that the service is deployed with; with `kubernetes` or `containers` of those alone.
import { containerFaults } from './containers.mjs';
import { kubernetesFaults } from './kubernetes.mjs';

const [part] = process.argv.slice(2);
const faults = [
  ...(part === 'containers' ? [] : await kubernetesFaults()),
  ...(part === 'kubernetes' ? [] : containerFaults()),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
