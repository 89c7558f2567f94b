import { parseArgs } from 'node:util';
import { parseDecimal } from '#config';
import { DEFAULT_OPTIONS, type SimulatorOptions } from '../options.js';
import { DRAW_FORM, durationDraw } from '../time/durations.js';

export const USAGE = `usage: simulator [options]

  --port N              port to listen on (default 9000; 0: any free one)
  --host ADDRESS        address to listen on (default 127.0.0.1)
  --speed X             virtual time runs X times as fast as real time (default 1)
  --seed N              seed of every draw: the same seed, the same run (default 1)
  --provisioning DRAW   virtual time until a new server is active (default 120s~20%)
  --draining DRAW       virtual time until a removed server is gone (default 30s~20%)
  --state FILE          keep the clusters in FILE, so that a second start continues
  --traces FOLDER       CSV files for the pattern "trace" (default data/traces)
  --help                this text

DRAW is ${DRAW_FORM}.
Options may be written with one dash, too: simulator -port 9000`;

/** The command line is invalid; the message says where. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface SimulatorArguments {
  readonly help: boolean;
  readonly host: string;
  readonly port: number;
  readonly options: SimulatorOptions;
}

/**
 * Parses the command line.
 * @param argv without the names of Node and the program
 * @throws {UsageError}
 */
export function parseArguments(argv: readonly string[]): SimulatorArguments {
  const values = read(argv);
  return {
    help: values.help ?? false,
    host: values.host ?? '127.0.0.1',
    port: numberOf(
      'port',
      values.port,
      9000,
      (port) => Number.isInteger(port) && port >= 0 && port <= 65_535,
      'a port from 0 to 65535',
    ),
    options: {
      speed: numberOf(
        'speed',
        values.speed,
        DEFAULT_OPTIONS.speed,
        (speed) => speed > 0 && speed <= 100_000,
        'a number above 0, at most 100000',
      ),
      seed: numberOf('seed', values.seed, DEFAULT_OPTIONS.seed, Number.isSafeInteger, 'a whole number'),
      provisioning: drawOf('provisioning', values.provisioning) ?? DEFAULT_OPTIONS.provisioning,
      draining: drawOf('draining', values.draining) ?? DEFAULT_OPTIONS.draining,
      stateFile: values.state ?? DEFAULT_OPTIONS.stateFile,
      tracesFolder: values.traces ?? DEFAULT_OPTIONS.tracesFolder,
    },
  };
}

function read(argv: readonly string[]) {
  // Go programs accept `-port 9000`; parseArgs would read that as -p -o -r -t.
  const args = argv.map((argument) => (/^-[a-z]{2}/i.test(argument) ? `-${argument}` : argument));
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: false,
      options: {
        help: { type: 'boolean', short: 'h' },
        host: text,
        port: text,
        speed: text,
        seed: text,
        provisioning: text,
        draining: text,
        state: text,
        traces: text,
      },
    }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message.split('. ')[0], { cause });
  }
}

function numberOf(
  name: string,
  text: string | undefined,
  fallback: number,
  allowed: (value: number) => boolean,
  form: string,
): number {
  if (text === undefined) return fallback;
  const value = parseDecimal(text);
  if (!allowed(value)) throw new UsageError(`--${name}: "${text}" is not ${form}`);
  return value;
}

function drawOf(name: string, text: string | undefined) {
  if (text === undefined) return null;
  const draw = durationDraw(text);
  if (draw === null) throw new UsageError(`--${name}: "${text}" must be ${DRAW_FORM}`);
  return draw;
}
