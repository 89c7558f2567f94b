import { configOfTests } from './jest.config.js';

/** What the API document promises, held against the running service by Schemathesis, a program of Python's. */
export default configOfTests({ displayName: 'api', roots: ['<rootDir>/test/api'], testRegex: '\\.api-spec\\.ts$' });
