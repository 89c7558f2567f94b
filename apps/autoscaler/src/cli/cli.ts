import { Command } from 'commander';
import type { BacktestFlags } from '../backtest/options.js';
import type { HandBackFlags } from './hand-back.command.js';

interface GlobalOptions {
  readonly config?: string;
  readonly migrate?: boolean;
}

interface ImportOptions {
  readonly kubernetes?: string;
  readonly namespace?: string[];
  readonly dryRun?: boolean;
}

/** Long options with a single dash, as in the deployment guide, in addition to two. */
const SINGLE_DASH = /^-(config|migrate|demo|out|check)(=.*)?$/;

/**
 * Runs the command line; resolves when the command has finished, for `serve` once the service is up.
 *
 * Commands are imported on demand: loading the dependencies of all takes longer than running most of them.
 *
 * @param args arguments after the program's name
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
    .option('--demo', 'create a demo user with three live clusters (development mode only)')
    // The default command: a mistyped command arrives here as an argument.
    .allowExcessArguments()
    .action(async (options: { demo?: boolean }, { args: [mistyped] }: Command) => {
      if (mistyped !== undefined) program.error(`error: unknown command '${mistyped}'`);
      const { config, migrate: migrateOnly } = program.opts<GlobalOptions>();
      if (migrateOnly === true) await runMigrate(config);
      else {
        const { serve } = await import('./serve.command.js');
        await serve(config, options.demo === true);
      }
    });

  program
    .command('migrate')
    .description('bring the database schema up to date and exit')
    .action(async () => runMigrate(program.opts<GlobalOptions>().config));

  program
    .command('config')
    .description('print the effective configuration, secrets masked, and where each value came from')
    .action(async () => {
      const { printConfig } = await import('./config.command.js');
      printConfig(program.opts<GlobalOptions>().config);
    });

  program
    .command('backtest')
    .description('compare policies on a trace, or on the history of a cluster')
    .option('--trace <file>', 'demand as CSV with the header timestamp,value')
    .option('--cluster <id>', 'the recorded demand of a cluster, from the database')
    .option('--from <time>', 'with --cluster: from this time (default: 14 days before --to)')
    .option('--to <time>', 'with --cluster: until this time (default: now)')
    .option('--days <n>', 'only the first N days')
    .option('--policy <file...>', "policies in YAML, as in POST /clusters (default: slo at 1 %, or the cluster's own)")
    .option('--provision <duration>', 'time until a new server takes load (default: the measured lead time, or 120s)')
    .option('--tick <duration>', 'time between decisions', '60s')
    .option('--peak-servers <n>', 'scale the trace so that its 99th percentile needs this many servers (40)')
    .option('--capacity <n>', 'capacity of one server, in the unit of the trace')
    .option('--min <n>', "minimum number of servers (1, or the cluster's)")
    .option('--max <n>', "maximum number of servers (1000, or the cluster's)")
    .option('--seed <n>', 'seed of the noise', '1')
    .option('--noise <share>', 'error of the metrics, uniform within this share', '0.02')
    .option('--compare <names>', 'baselines to compare with: hpa,aws,nomad,azure,threshold,trailing,seasonal,hindsight')
    .option(
      '--frontier [promises]',
      'cost of several service levels (default: 0.1%,0.2%,0.5%,1%,2%,5%); implied by --html',
    )
    .option('--timeline <file>', 'write every tick of the first policy as CSV')
    .option('--html <file>', 'write a page with charts of the frontier and the runs')
    .option('--json', 'print JSON instead of a table')
    .action(async (options: BacktestFlags) => {
      const { runBacktest } = await import('./backtest.command.js');
      await runBacktest(program.opts<GlobalOptions>().config, options);
    });

  program
    .command('backup')
    .description(
      'save the whole database (encrypted if backup.key is set) and remove backups older than backup.retention',
    )
    .option('--dir <folder>', 'folder to write to (default: backup.dir)')
    .action(async ({ dir }: { dir?: string }) => {
      const { backup } = await import('./backup.command.js');
      await backup(program.opts<GlobalOptions>().config, dir);
    });

  program
    .command('restore')
    .description('restore a backup into an empty database')
    .argument('<file>', 'file written by "autoscaler backup"')
    .action(async (file: string) => {
      const { restore } = await import('./restore.command.js');
      await restore(program.opts<GlobalOptions>().config, file);
    });

  program
    .command('export')
    .description('write all clusters, their policies and their connections as YAML, without secrets')
    .option('--out <file>', 'write to a file instead of standard output')
    .action(async ({ out }: { out?: string }) => {
      const { exportClusters } = await import('./definitions.command.js');
      await exportClusters(program.opts<GlobalOptions>().config, out);
    });

  program
    .command('import')
    .description(
      'create and change connections and clusters to match a file written by "autoscaler export", or create clusters of the workloads of a connection',
    )
    .argument('[file]')
    .option(
      '--kubernetes <connection>',
      'instead of a file: the workloads of this connection, with the bounds of their HPA',
    )
    .option('--namespace <name...>', 'with --kubernetes: only in these namespaces')
    .option('--dry-run', 'print the changes without making them; with --kubernetes as a file that can be imported')
    .action(async (file: string | undefined, options: ImportOptions, command: Command) => {
      const { kubernetes, namespace = [], dryRun: isDry = false } = options;
      const { config } = program.opts<GlobalOptions>();
      if ((file === undefined) === (kubernetes === undefined))
        command.error('error: give either a file, or --kubernetes with the name of a connection');
      if (kubernetes === undefined && namespace.length > 0) command.error('error: --namespace goes with --kubernetes');
      const { importClusters, importFromConnection } = await import('./definitions.command.js');
      if (file !== undefined) await importClusters(config, file, isDry);
      else if (kubernetes !== undefined)
        await importFromConnection(config, kubernetes, { namespaces: namespace, isDry });
    });

  program
    .command('rotate-secrets')
    .description('encrypt the secrets of connections with app.secrets_key where another key encrypts them')
    .action(async () => {
      const { rotateSecrets } = await import('./rotate-secrets.command.js');
      await rotateSecrets(program.opts<GlobalOptions>().config);
    });

  program
    .command('hand-back')
    .description('give workloads of Kubernetes back that the service took over and does not work on any more')
    .option('--expired', 'those whose Lease was not renewed for --after')
    .option('--after <duration>', 'time without a renewal', '5m')
    .option('--server <url>', 'API server (default: that of the cluster around this process)')
    .option(
      '--credentials <folder>',
      'folder with the files token and ca.crt (default: the service account of the pod)',
    )
    .action(async (options: HandBackFlags) => {
      const { handBack } = await import('./hand-back.command.js');
      await handBack(options);
    });

  program
    .command('openapi')
    .description('write the API document')
    .option('--out <file>', 'file to write', 'docs/openapi.json')
    .option('--check', 'compare with the file instead of writing it')
    .action(async (options: { out: string; check?: boolean }) => {
      const { writeApiDocument } = await import('./openapi.command.js');
      await writeApiDocument(options.out, options.check === true);
    });

  await program.parseAsync(
    args.map((arg) => (SINGLE_DASH.test(arg) ? `-${arg}` : arg)),
    { from: 'user' },
  );
}

async function runMigrate(config: string | undefined): Promise<void> {
  const { migrate } = await import('./migrate.command.js');
  await migrate(config);
}

/** Prints an operational error as a sentence; anything unexpected with its stack trace. */
export function reportFailure(error: unknown): void {
  if (isOperational(error)) console.error(`Error: ${error.message}`);
  else console.error(error);
}

function isOperational(error: unknown): error is Error {
  return error instanceof Error && 'operational' in error && error.operational === true;
}
