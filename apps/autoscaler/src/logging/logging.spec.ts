import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Options, pinoHttp } from 'pino-http';
import { configOf } from '#config';
import { loggingParams } from './logging.js';

let end: () => void = () => undefined;
afterEach(() => end());

/** The log line of a request that is answered with `status`. */
async function lineOf(path: string, status: number): Promise<Record<string, unknown>> {
  const lines: string[] = [];
  const { stream: _stream, ...options } = loggingParams(configOf({ 'app.log_level': 'debug' })).pinoHttp as Options;
  const log = pinoHttp(options, { write: (line: string) => void lines.push(line) });
  const server = createServer((request, response) => {
    log(request, response);
    response.writeHead(status).end();
  }).listen(0);
  end = () => server.close();
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
}

const DEBUG = 20;
const INFO = 30;
const ERROR = 50;

describe('the log line of a request', () => {
  it.each([
    ['/health/ready', 200, DEBUG],
    ['/health/ready', 503, DEBUG],
    ['/health', 503, DEBUG],
    ['/clusters', 200, INFO],
    ['/clusters', 404, INFO],
    ['/clusters', 503, ERROR],
    ['/health/live', 500, ERROR],
  ])('of %s answered with %i has level %i', async (path, status, level) => {
    const line = await lineOf(path, status);
    expect(line).toMatchObject({ level, res: { status }, req: { path } });
    // The line of the error itself says why.
    expect(line).not.toHaveProperty('err');
  });
});
