import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { ProviderError } from '../sdk/index.js';
import { ConnectionSecretEntity } from './connection-secret.entity.js';
import type { Connection, Secrets } from './connection.js';
import { SealedError } from './secret-box.js';
import { SecretKeys } from './secret-keys.js';

/** The secrets of connections, encrypted at rest. */
@Injectable()
export class ConnectionSecrets {
  constructor(
    @InjectRepository(ConnectionSecretEntity) private readonly secrets: Repository<ConnectionSecretEntity>,
    private readonly keys: SecretKeys,
  ) {}

  /**
   * In plain text, as a session of this version needs them.
   *
   * @throws ProviderError `unauthorized` where they cannot be decrypted, `unreachable` where the connection has changed since or the
   * database does not answer
   */
  async of({ id, name, version }: Pick<Connection, 'id' | 'name' | 'version'>): Promise<Secrets> {
    const rows = await this.rowsOf(id, version).catch((cause: unknown) => {
      throw new ProviderError('unreachable', `cannot read the secrets of the connection ${name}`, { cause });
    });
    if (rows === null)
      throw new ProviderError('unreachable', `the connection ${name} was changed a moment ago; the next tick uses it`);
    try {
      return new Map(rows.map((row) => [row.name, this.keys.open(row, row)]));
    } catch (error) {
      if (!(error instanceof SealedError)) throw error;
      throw new ProviderError('unauthorized', `cannot decrypt a secret of the connection ${name}: ${error.message}`);
    }
  }

  /** Takes the place of those of the same names. @throws ConflictError where the installation has no key */
  async put(connectionId: string, secrets: Secrets, manager: EntityManager): Promise<void> {
    if (secrets.size === 0) return;
    const rows = [...secrets].map(([name, text]) => {
      const place = { connectionId, name };
      return { ...place, ...this.keys.seal(text, place) };
    });
    await manager.withRepository(this.secrets).upsert(rows, ['connectionId', 'name']);
  }

  async removeAll(connectionId: string, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.secrets).delete({ connectionId });
  }

  /**
   * Encrypts all secrets with the current key of the installation, or none; the secrets themselves stay the same.
   *
   * @returns how many there are, and how many of them were encrypted with another key
   * @throws SealedError where one cannot be decrypted; ConflictError where the installation has no key
   */
  async renew(): Promise<{ readonly all: number; readonly renewed: number }> {
    return this.secrets.manager.transaction(async (manager) => {
      const secrets = manager.withRepository(this.secrets);
      const rows = await secrets.find({ lock: { mode: 'pessimistic_write' } });
      const changed = rows.flatMap((row) => {
        const renewed = this.keys.renew(row, row);
        return renewed === null ? [] : [secrets.create({ connectionId: row.connectionId, name: row.name, ...renewed })];
      });
      if (changed.length > 0) await secrets.upsert(changed, ['connectionId', 'name']);
      return { all: rows.length, renewed: changed.length };
    });
  }

  /** `null` where the connection has another version by now. */
  private async rowsOf(id: string, version: number): Promise<readonly ConnectionSecretEntity[] | null> {
    // One statement: those of one version only.
    const rows = await this.secrets.query<Record<string, unknown>[]>(
      `SELECT s.name, s.key_id, s.wrapped_key, s.value
         FROM connections c LEFT JOIN connection_secrets s ON s.connection_id = c.id WHERE c.id = $1 AND c.version = $2`,
      [id, version],
    );
    if (rows.length === 0) return null;
    return rows
      .filter(({ name }) => name !== null)
      .map(({ name, key_id: keyId, wrapped_key: wrappedKey, value }) =>
        this.secrets.create({ connectionId: id, name, keyId, wrappedKey, value } as ConnectionSecretEntity),
      );
  }
}
