import { Command } from 'commander';
import { ConfigError } from '#config';
import { printConfig } from './config.command.js';
import { migrate } from './migrate.command.js';
import { writeApiDocument } from './openapi.command.js';
import { serve } from './serve.command.js';

interface GlobalOptions {
  readonly config?: string;
  readonly migrate?: boolean;
}

/** Long options with a single dash, as the deployment guide writes them, beside the usual two. */
const SINGLE_DASH = /^-(config|migrate|demo|out|check)(=.*)?$/;

/**
 * Runs the command line and resolves when the command has finished; `serve` resolves once the service is up.
 *
 * @param args what follows the program's name
 */
export async function runCli(args: readonly string[]): Promise<void> {
  const program = new Command('autoscaler')
    .description('Multi-cluster autoscaling service')
    .option('-c, --config <file>', 'configuration file (YAML); without it config/config.dev.yaml')
    .option('--migrate', 'bring the database schema up to date and exit')
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists commands and options)');

  program
    .command('serve', { isDefault: true })
    .description('run the service')
    .option('--demo', 'create a demo user with two live clusters (development mode only)')
    .action(async (options: { demo?: boolean }) => {
      const { config, migrate: migrateOnly } = program.opts<GlobalOptions>();
      if (migrateOnly === true) await migrate(config);
      else await serve(config, options.demo === true);
    });

  program
    .command('migrate')
    .description('bring the database schema up to date and exit')
    .action(async () => migrate(program.opts<GlobalOptions>().config));

  program
    .command('config')
    .description('print the effective configuration, secrets masked, and where each value came from')
    .action(() => printConfig(program.opts<GlobalOptions>().config));

  program
    .command('openapi')
    .description('write the API document')
    .option('--out <file>', 'where it stands', 'docs/openapi.json')
    .option('--check', 'compare it with the file instead')
    .action(async (options: { out: string; check?: boolean }) => writeApiDocument(options.out, options.check === true));

  await program.parseAsync(
    args.map((arg) => (SINGLE_DASH.test(arg) ? `-${arg}` : arg)),
    { from: 'user' },
  );
}

/** Prints what went wrong in words for an operator; a stack trace only for what nobody foresaw. */
export function reportFailure(error: unknown): void {
  if (error instanceof ConfigError || isOperational(error)) console.error(`Error: ${error.message}`);
  else console.error(error);
}

function isOperational(error: unknown): error is Error {
  return error instanceof Error && 'operational' in error && error.operational === true;
}
