export { type BudgetReport } from './budget.js';
export { type Choice, SloController } from './controller.js';
export { type Learnable, type Setting } from './learning.js';
export { restoreSnapshot, snapshot } from './memory.js';
export { type StoredModel } from './model.js';
export { proposeSlo, type SloState } from './propose.js';
export { modelOf, relearn } from './relearn.js';
export { type TrustReport } from './trust.js';
