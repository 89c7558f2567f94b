import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseError } from '../database.error.js';

/**
 * Locks a data folder: two processes would corrupt it.
 *
 * Node has no file locks, and a pid file is not a lock: after a `kill -9` another process
 * may have the same pid, in a container most likely the very next one. SQLite uses a lock of the operating system, which ends with
 * the process.
 */
export class FolderLock {
  private constructor(
    private readonly handle: DatabaseSync,
    private readonly holderFile: string,
  ) {}

  /** @throws DatabaseError naming the process that holds the folder */
  static acquire(folder: string): FolderLock {
    const holderFile = `${folder}.pid`;
    mkdirSync(dirname(folder), { recursive: true });
    const handle = new DatabaseSync(`${folder}.lock`);
    try {
      handle.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      handle.close();
      throw new DatabaseError(
        `the data folder ${folder} is in use by ${holderOf(holderFile)}; stop that process, or set database.data_dir to another folder`,
        { cause: error },
      );
    }
    try {
      writeFileSync(holderFile, String(process.pid));
    } catch (error) {
      handle.close();
      throw error;
    }
    return new FolderLock(handle, holderFile);
  }

  release(): void {
    if (!this.handle.isOpen) return;
    rmSync(this.holderFile, { force: true });
    // The lock file is kept: removing it could remove one that another process has just locked.
    this.handle.close();
  }
}

function holderOf(file: string): string {
  try {
    return `process ${readFileSync(file, 'utf8')}`;
  } catch {
    return 'another process';
  }
}
