import 'reflect-metadata';
import { reportFailure, runCli } from './cli/cli.js';

try {
  await runCli(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
