export { KedaModule } from './keda.module.js';
export { KedaServer } from './keda.server.js';
