export { LiveModule } from './live.module.js';
export { LiveServer } from './live.server.js';
