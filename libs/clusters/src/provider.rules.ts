import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ConflictError, type ErrorDetail } from '#http';
import {
  AddressGuard,
  type BoundProvider,
  type ClusterProvider,
  type Connection,
  ConnectionDirectory,
  ConnectionRepository,
  connectionsOf,
  HALVES,
  isOne,
  mayUse,
  ProviderRegistry,
} from '#providers';

/** Validation of the provider in requests. */
@Injectable()
export class ProviderRules {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly guard: AddressGuard,
    private readonly directory: ConnectionDirectory,
    private readonly connections: ConnectionRepository,
  ) {}

  /** Call before `read`, outside of transactions: loads connections that were just stored on any instance. */
  async refresh(): Promise<void> {
    await this.directory.refresh();
  }

  /**
   * Fills in defaults and keeps the format in which the provider was written.
   *
   * @param ownerId the cluster's owner, who must be allowed to use the connections that it names
   * @param faults receives all errors; with errors the result is invalid
   * @param planned connections that will be stored before the cluster, by name
   */
  read(
    written: ClusterProvider,
    ownerId: string,
    faults: ErrorDetail[],
    planned: ReadonlyMap<string, Connection> = new Map(),
  ): ClusterProvider {
    const read = this.providers.read(written, (name) => {
      const connection = planned.get(name) ?? this.directory.find(name);
      return connection !== undefined && mayUse(connection, ownerId) ? connection : undefined;
    });
    if ('faults' in read) {
      faults.push(...read.faults.map(({ field, error }) => ({ field: within('provider', field), error })));
      return written;
    }
    faults.push(...this.foreignAddresses(read.provider, read.bound));
    return read.provider;
  }

  /**
   * Locks the connections that a cluster names until the transaction ends.
   *
   * @throws ConflictError if one was deleted or is no longer shared
   */
  async holdConnections(provider: ClusterProvider, ownerId: string, manager: EntityManager): Promise<void> {
    const names = connectionsOf(provider);
    if (names.length === 0) return;
    const held = (await this.connections.hold(names, manager)).filter((connection) => mayUse(connection, ownerId));
    const lost = names.find((name) => !held.some((connection) => connection.name === name));
    if (lost !== undefined)
      throw new ConflictError(
        'connection_gone',
        `the connection ${lost} was deleted, or is not shared any more; choose another one`,
      );
  }

  /** The endpoints that clusters may use. */
  allowedUrls(): readonly string[] {
    return this.guard.allowed;
  }

  private foreignAddresses(provider: ClusterProvider, bound: BoundProvider): ErrorDetail[] {
    const faults = HALVES.flatMap((half): ErrorDetail[] => {
      const { address, definition, stored } = bound[half];
      // A stored connection was checked when it was stored.
      const error = stored === null && /^https?:/i.test(address) ? this.guard.faultOf(address) : null;
      if (error === null) return [];
      const name = 'url' in definition.connection.spec.shape ? 'url' : '';
      const field = within(isOne(provider) ? 'provider' : `provider.${half}`, name);
      return [{ field, error }];
    });
    return isOne(provider) ? faults.slice(0, 1) : faults;
  }
}

function within(parent: string, field: string): string {
  return field === '' ? parent : `${parent}.${field}`;
}
