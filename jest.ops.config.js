import { configOfTests } from './jest.config.js';

/** Tests with real nginx, Prometheus and PostgreSQL servers, which `npm test` does not need. */
export default configOfTests({ displayName: 'ops', roots: ['<rootDir>/test/ops'], testRegex: '\\.ops-spec\\.ts$' });
