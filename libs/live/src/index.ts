export { LiveModule } from './live.module.js';
export { LiveGateway } from './live.gateway.js';
export { LiveIoAdapter } from './live-io.adapter.js';
