import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** The options of a benchmark; for invalid ones prints the valid options and ends the process. */
export function readOptions<const T extends ParseArgsOptionsConfig>(options: T) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    // The rest of the message is about `--`, which no benchmark uses.
    return refuse(`${(error as Error).message.split('. ')[0]}; the options are ${known.join(' and ')}`);
  }
}

/** Ends the process with the exit code of a usage error: one line, without a stack trace. */
export function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
