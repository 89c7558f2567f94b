import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** The options of a benchmark; ends the process, telling which there are, where others were given. */
export function readOptions<const T extends ParseArgsOptionsConfig>(options: T) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    // What follows the first sentence is about `--`, which no benchmark knows.
    return refuse(`${(error as Error).message.split('. ')[0]}; the options are ${known.join(' and ')}`);
  }
}

/** Ends the process with the status of a wrong command line: one line for whoever typed it, and no stack. */
export function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
