// What `npm run check` says of the files that the service is deployed with.
import { containerFaults } from './containers.mjs';
import { kubernetesFaults } from './kubernetes.mjs';

const faults = [...(await kubernetesFaults()), ...containerFaults()];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
