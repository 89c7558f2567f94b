import { configOfTests } from './jest.config.js';

/** Tests against a real Kubernetes control plane on loopback, which `npm test` must do without: building it takes Go. */
export default {
  ...configOfTests({
    displayName: 'kubernetes',
    roots: ['<rootDir>/test/kubernetes'],
    testRegex: '\\.kubernetes-spec\\.ts$',
    globalSetup: '<rootDir>/test/kubernetes/support/global-setup.mjs',
    globalTeardown: '<rootDir>/test/kubernetes/support/global-teardown.mjs',
  }),
  // The control plane needs the other core.
  maxWorkers: 1,
};
