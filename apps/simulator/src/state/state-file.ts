import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CloudSnapshot } from '../cloud/cloud.js';
import type { InlinePoint } from '../traces/trace-library.js';

/** Content of the file. */
export interface SavedState extends CloudSnapshot {
  readonly version: number;
  /** Inline traces of requests, by name. */
  readonly inlineTraces: readonly (readonly InlinePoint[])[];
}

/** The file cannot be used; the message names it and the reason. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
}

/** @returns `null` if the file does not exist yet */
export async function readState(file: string): Promise<SavedState | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StateFileError(`cannot read the state file ${file}: ${(cause as Error).message}`, { cause });
  }
  const state = parsed(file, text);
  if (state.version !== 1) {
    throw new StateFileError(`the state file ${file} has version ${state.version}; this simulator reads version 1`);
  }
  return state;
}

/** Replaces the file atomically: a reader, even after a crash, finds the old state or the new one. */
export async function writeState(file: string, state: SavedState): Promise<void> {
  const text = JSON.stringify(state);
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

function parsed(file: string, text: string): SavedState {
  try {
    const state = JSON.parse(text) as Partial<SavedState> | null;
    if (state && typeof state === 'object' && Array.isArray(state.clusters) && state.time) return state as SavedState;
  } catch (cause) {
    throw new StateFileError(`the state file ${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  throw new StateFileError(`the state file ${file} holds no state of a simulator`);
}
