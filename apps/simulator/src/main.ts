import 'reflect-metadata';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { parseArguments, type SimulatorArguments, USAGE, UsageError } from './cli/arguments.js';
import { Cloud } from './cloud/cloud.js';
import { configure } from './configure.js';
import { SimulatorModule } from './simulator.module.js';

async function serve({ host, port, options }: SimulatorArguments): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(SimulatorModule.with(options), {
    bodyParser: false,
    forceCloseConnections: true,
    abortOnError: false,
    logger: ['error', 'warn'],
  });
  configure(app);
  app.enableShutdownHooks(['SIGINT', 'SIGTERM']);
  await app.init();
  // Not app.listen(), which logs the failure that is explained below.
  const server = app.getHttpServer().listen(port, host);
  await once(server, 'listening');
  const known = app.get(Cloud).size;
  const clusters = known === 0 ? '' : `, ${known} ${known === 1 ? 'cluster' : 'clusters'} from ${options.stateFile}`;
  console.log(`simulator listens on ${urlOf(server.address() as AddressInfo)}, speed ${options.speed}${clusters}`);
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function explain(fault: unknown, { host, port }: SimulatorArguments): string {
  const { code, message } = fault as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is taken; choose another with --port`;
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') return `cannot listen on ${host}:${port}: ${message}`;
  return message;
}

function argumentsOrExit(): SimulatorArguments {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault;
    console.error(`simulator: ${fault.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const given = argumentsOrExit();
if (given.help) {
  console.log(USAGE);
} else {
  await serve(given).catch((fault: unknown) => {
    console.error(`simulator: ${explain(fault, given)}`);
    process.exit(1);
  });
}
