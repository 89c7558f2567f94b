export { demandOf, ticksOf } from './demand.js';
export { cheapest, leastViolation, sweepHindsight, type Swept } from './hindsight.js';
export { EnginePolicy } from './engine-policy.js';
export { Oracle } from './oracle.js';
export { type Score, Scorer } from './score.js';
export { leadTicks, noiseFor, playWorld, type TimelineRow, warmUpTicks, type WorldOptions } from './tick-world.js';
