import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** A cluster that names a connection. */
export interface ConnectionUse {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
}

type Find = (connection: string, manager: EntityManager) => Promise<readonly ConnectionUse[]>;

/** Which clusters name a connection. Who keeps clusters says how they are found. */
@Injectable()
export class ConnectionUses {
  private find: Find = async () => [];

  /** @param find the clusters, by name, that name a connection */
  foundBy(find: Find): void {
    this.find = find;
  }

  async of(connection: string, manager: EntityManager): Promise<readonly ConnectionUse[]> {
    return this.find(connection, manager);
  }
}
