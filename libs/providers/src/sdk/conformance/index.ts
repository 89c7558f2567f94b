export { conformanceCases, type ConformanceCase, type Harness, type Trouble } from './conformance.js';
