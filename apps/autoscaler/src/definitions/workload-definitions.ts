import type { INestApplicationContext } from '@nestjs/common';
import { Document, isMap, isSeq } from 'yaml';
import { type Caller, UsersService } from '#auth';
import { type Imported, WorkloadImport } from '#clusters';
import { AppError } from '#http';
import { ConnectionRepository } from '#providers';
import { OperationalError } from '../operational.error.js';
import { FORMAT, HEAD } from './definitions.js';

export interface WorkloadOptions {
  /** Only in these; empty: everywhere. */
  readonly namespaces: readonly string[];
  /** Creates nothing. */
  readonly isDry: boolean;
}

/** What an import of the workloads of a connection did, or would do. */
export interface WorkloadImportResult {
  /** Of the clusters: that of the connection. */
  readonly owner: string;
  readonly imported: readonly Imported[];
  readonly missing: readonly string[];
  readonly isCut: boolean;
}

/**
 * Makes clusters of all workloads of a connection, for its owner.
 *
 * @throws OperationalError where there is no such connection, it does not list its workloads, or nothing may be listed
 */
export async function importWorkloads(
  app: INestApplicationContext,
  connection: string,
  { namespaces, isDry }: WorkloadOptions,
): Promise<WorkloadImportResult> {
  const stored = await app.get(ConnectionRepository, { strict: false }).find(connection);
  const owner = stored === null ? null : await app.get(UsersService).find(stored.ownerId);
  if (owner === null) throw new OperationalError(`there is no connection ${connection}; POST /connections stores one`);
  const { id, username, role } = owner;
  const caller: Caller = { id, username, role, scope: 'own', ip: 'command line' };
  const result = await app
    .get(WorkloadImport, { strict: false })
    .all(caller, connection, namespaces, { isDry })
    .catch((error: unknown) => {
      if (error instanceof AppError) throw new OperationalError(error.message, { cause: error });
      throw error;
    });
  if (result.imported.length === 0 && result.missing.length > 0)
    throw new OperationalError(
      `nothing is listed, and rights are missing: ${result.missing.join(', ')}. Where rights are for single namespaces, name them with --namespace`,
    );
  return { ...result, owner: username };
}

/** The clusters as YAML, as "autoscaler import" takes them; what a user should know of each is a comment. */
export function definitionsOf({ owner, imported }: Pick<WorkloadImportResult, 'owner' | 'imported'>): string {
  const made = imported.filter(({ definition }) => definition !== null);
  const clusters = made.map(({ definition }) => Object.assign({ owner }, definition));
  const document = new Document({ version: FORMAT, clusters }, { aliasDuplicateObjects: false });
  const items = document.get('clusters');
  for (const [index, item] of (isSeq(items) ? items.items : []).entries()) {
    const { notes } = made[index]!;
    if (isMap(item) && notes.length > 0) item.commentBefore = notes.map((note) => ` ${note}`).join('\n');
  }
  return HEAD + document.toString();
}
