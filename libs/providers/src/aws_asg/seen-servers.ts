import type { Server } from '../sdk/index.js';

/** No source is later. */
const KEPT_MS = 3_600_000;

interface Count {
  readonly at: number;
  readonly active: number;
}

/** AWS does not say since when an instance is in service: since a reading first showed it so. */
export class SeenServers {
  private readonly groups = new Map<string, ReadonlyMap<string, Server>>();
  /** How many were active from a time on, oldest first. */
  private readonly counts = new Map<string, readonly Count[]>();

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
    this.count(group, followed.filter(({ state }) => state === 'ACTIVE').length, now);
    return followed;
  }

  /** How many servers of the group were active at a time; `null` if it was not read before. */
  activeAt(group: string, at: number): number | null {
    return this.counts.get(group)?.findLast((count) => count.at <= at)?.active ?? null;
  }

  private count(group: string, active: number, now: number): void {
    const known = (this.counts.get(group) ?? []).filter(({ at }) => at <= now);
    if (known.at(-1)?.active === active) return;
    const recent = known.findLastIndex(({ at }) => at <= now - KEPT_MS);
    this.counts.set(group, [...known.slice(Math.max(0, recent)), { at: now, active }]);
  }
}
