export { type BudgetReport } from './budget.js';
export { type Choice, SloController } from './controller.js';
export { packMemory, unpackMemory } from './memory.js';
export { proposeSlo, type SloState } from './propose.js';
export { type TrustReport } from './trust.js';
