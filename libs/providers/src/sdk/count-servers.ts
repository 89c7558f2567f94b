import type { Server } from './values.js';

export interface ServerCounts {
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  /** Those that count towards the desired count: that take load, and that soon will. */
  readonly total: number;
}

export function countServers(servers: readonly Pick<Server, 'state'>[]): ServerCounts {
  let active = 0;
  let provisioning = 0;
  let draining = 0;
  for (const server of servers) {
    if (server.state === 'ACTIVE') active += 1;
    else if (server.state === 'PROVISIONING') provisioning += 1;
    else if (server.state === 'DRAINING') draining += 1;
  }
  return { active, provisioning, draining, total: active + provisioning };
}
