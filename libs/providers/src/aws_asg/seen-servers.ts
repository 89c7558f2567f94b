import type { Server } from '../sdk/index.js';

/** AWS does not say since when an instance is in service: since a reading first showed it so. */
export class SeenServers {
  private readonly groups = new Map<string, ReadonlyMap<string, Server>>();

  /** @returns the servers with the time since when each is active; `null` for those that were active at the first reading */
  follow(group: string, servers: readonly Server[], now: number): readonly Server[] {
    const before = this.groups.get(group);
    const followed = servers.map((server): Server => {
      const known = before?.get(server.id);
      const activeAt =
        server.state !== 'ACTIVE' || before === undefined
          ? null
          : known?.state === 'ACTIVE'
            ? (known.activeAt ?? null)
            : now;
      return { ...server, activeAt };
    });
    this.groups.set(group, new Map(followed.map((server) => [server.id, server])));
    return followed;
  }
}
