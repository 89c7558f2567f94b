import { configOfTests } from './jest.config.js';

/** Tests against the real neighbours of the service, which `npm test` must do without: nginx, Prometheus, a PostgreSQL server. */
export default configOfTests({ displayName: 'ops', roots: ['<rootDir>/test/ops'], testRegex: '\\.ops-spec\\.ts$' });
