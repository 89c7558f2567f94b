import type { AppConfig } from './schema.js';

/** Whether other instances may work beside this one, so that what only this process knows is not the whole truth. */
export function severalInstances({ api, scaler, websocket }: AppConfig): boolean {
  return scaler.instances === 'shared' || api.rateLimitStore === 'postgres' || websocket.adapter === 'postgres';
}
