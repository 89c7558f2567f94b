import { configOfTests } from './jest.config.js';

/** Tests the running service against its API document with Schemathesis, a Python program. */
export default configOfTests({ displayName: 'api', roots: ['<rootDir>/test/api'], testRegex: '\\.api-spec\\.ts$' });
