export { conformanceCases, type ConformanceCase, type Harness, type Trouble } from './conformance.js';
export { testContext } from './test-context.js';
