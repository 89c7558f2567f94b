import { describeConfig } from '#config';
import { loadFile } from './load.js';

/** `autoscaler config`. */
export function printConfig(file: string | undefined): void {
  process.stdout.write(describeConfig(loadFile(file)));
}
