export { DrainState } from './drain-state.js';
export { HealthModule } from './health.module.js';
