import { writeFile } from 'node:fs/promises';
import { OperationalError } from '../operational.error.js';

/** @throws OperationalError naming the file and the reason */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new OperationalError(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
