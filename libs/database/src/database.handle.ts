import type { Database } from './open-database.js';

/**
 * Closes the database of an application that could not be built: Nest then returns no application to close. Modules are
 * built concurrently, so the database may still be opening when another one fails.
 */
export class DatabaseHandle {
  private opening: Promise<Database> | undefined;
  private isClosed = false;

  async open(open: () => Promise<Database>): Promise<Database> {
    if (this.isClosed) throw new Error('the application that needs the database could not be built');
    this.opening = open();
    return this.opening;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const database = await this.opening?.catch(() => undefined);
    await database?.destroy();
  }
}
