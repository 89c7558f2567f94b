import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTrace, type Trace } from '#world';

/** Every `*.csv` of a folder, by name. */
export function readTraces(folder: string): readonly Trace[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .toSorted()
    .map((file) => parseTrace(file.replace(/\.csv$/, ''), readFileSync(join(folder, file), 'utf8')));
}
