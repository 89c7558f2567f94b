import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError, FolderLock } from '#database';

const SUFFIX = '.jsonl';
const OWN_NAME = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.jsonl$/;
/** Bound of one file. */
export const MOST_BYTES = 64 * 2 ** 20;

/**
 * A file that only this process appends to, and only its user reads. Each process has its own, under a lock of the
 * operating system, which ends with the process: then another process may adopt the file.
 */
export class JournalFile {
  private constructor(
    private readonly path: string,
    private readonly lock: FolderLock,
    private readonly handle: FileHandle | null,
    private written: number,
  ) {}

  /** @throws Error of the file system if the folder cannot be written */
  static async create(folder: string): Promise<JournalFile> {
    await makeFolder(folder);
    const path = join(folder, `${randomUUID()}${SUFFIX}`);
    const lock = FolderLock.acquire(path);
    let handle: FileHandle | null = null;
    try {
      handle = await open(path, 'wx', 0o600);
      await syncFolder(folder);
      return new JournalFile(path, lock, handle, 0);
    } catch (error) {
      await new JournalFile(path, lock, handle, 0).remove().catch(() => lock.release());
      throw error;
    }
  }

  /**
   * Files of processes that have ended; they are this process's from now on. Other files are left alone.
   *
   * @param onTooLarge called with the path of a journal that is too large to read
   */
  static async adopt(folder: string, onTooLarge: (path: string) => void): Promise<readonly JournalFile[]> {
    const adopted: JournalFile[] = [];
    for (const name of (await namesIn(folder)).filter((one) => OWN_NAME.test(one)).sort()) {
      const path = join(folder, name);
      // Its last owner may have removed it in the meantime.
      const found = await stat(path).catch(() => null);
      if (found?.isFile() !== true) continue;
      if (found.size > MOST_BYTES) {
        onTooLarge(path);
        continue;
      }
      const lock = lockOf(path);
      if (lock !== null) adopted.push(new JournalFile(path, lock, null, 0));
    }
    return adopted;
  }

  /** Makes the folder. @throws Error of the file system if it cannot be written */
  static async check(folder: string): Promise<void> {
    const file = await JournalFile.create(folder);
    await file.remove();
  }

  get bytes(): number {
    return this.written;
  }

  /**
   * Resolves once the text is on the disk.
   *
   * @throws Error of the file system; nothing of the text is in the file then, unless that cannot be undone either
   */
  async append(text: string): Promise<void> {
    const handle = this.handle!;
    const bytes = Buffer.from(text);
    try {
      // A single write may write a part only.
      for (let from = 0; from < bytes.length;) {
        from += (await handle.write(bytes, from, bytes.length - from, this.written + from)).bytesWritten;
      }
      await handle.datasync();
    } catch (error) {
      await handle.truncate(this.written).catch(() => undefined);
      throw error;
    }
    this.written += bytes.length;
  }

  /** Takes back the last bytes. @throws Error of the file system */
  async cut(bytes: number): Promise<void> {
    await this.handle!.truncate(this.written - bytes);
    this.written -= bytes;
  }

  async read(): Promise<string> {
    return readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // Its last owner has removed it in the meantime.
      if (error.code === 'ENOENT') return '';
      throw error;
    });
  }

  /** Sets the file aside as `<name>.rejected`, for a person to read. @returns its new path */
  async reject(): Promise<string> {
    const path = `${this.path}.rejected`;
    await rename(this.path, path);
    await this.close();
    await rm(`${this.path}.lock`, { force: true });
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await this.close();
    await rm(`${this.path}.lock`, { force: true });
  }

  /** Leaves the file to the next process. */
  async close(): Promise<void> {
    await this.handle?.close();
    this.lock.release();
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** So that the name of a new file survives a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/** `null`: its process is alive. */
function lockOf(path: string): FolderLock | null {
  try {
    return FolderLock.acquire(path);
  } catch (error) {
    if (error instanceof DatabaseError) return null;
    throw error;
  }
}
