import { configOfTests } from './jest.config.js';

/** Tests with a real KEDA on the control plane of the Kubernetes tests. Not in CI: building KEDA takes many minutes. */
export default {
  ...configOfTests({
    displayName: 'keda',
    roots: ['<rootDir>/test/kubernetes'],
    testRegex: '\\.keda-spec\\.ts$',
    globalSetup: '<rootDir>/test/kubernetes/support/global-setup.mjs',
    globalTeardown: '<rootDir>/test/kubernetes/support/global-teardown.mjs',
  }),
  maxWorkers: 1,
};
