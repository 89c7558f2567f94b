import { configOfTests } from './jest.config.js';

/** Auto Scaling groups on the wire of moto, an emulator of AWS in Python. */
export default configOfTests({ displayName: 'aws', roots: ['<rootDir>/test/aws'], testRegex: '\\.aws-spec\\.ts$' });
