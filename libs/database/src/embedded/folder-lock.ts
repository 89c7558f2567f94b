import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseError } from '../database.error.js';

/** Keeps a second process out of a data folder: two would destroy it. */
export class FolderLock {
  private constructor(private readonly file: string) {}

  /** @throws DatabaseError naming the process that holds the folder; the lock of a process that is gone does not count */
  static acquire(folder: string): FolderLock {
    const file = `${folder}.lock`;
    mkdirSync(dirname(file), { recursive: true });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx' });
        return new FolderLock(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = Number(readFileSync(file, 'utf8'));
        if (isAlive(holder)) {
          throw new DatabaseError(
            `the data folder ${folder} is in use by process ${holder}; stop that process, or set database.data_dir to another folder`,
          );
        }
        rmSync(file, { force: true });
      }
    }
    throw new DatabaseError(`the data folder ${folder} is being opened by another process; try again`);
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
