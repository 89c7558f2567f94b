import { expect, it } from '@jest/globals';
import { runCli } from './support/cli.js';

const HELP = '(--help lists commands and options)\n';

it.each([
  [['bakup'], `error: unknown command 'bakup'\n${HELP}`],
  [['--demo', 'bakup'], `error: unknown command 'bakup'\n${HELP}`],
  [['import'], `error: give either a file, or --kubernetes with the name of a connection\n${HELP}`],
  [
    ['import', 'a.yaml', '--kubernetes', 'prod'],
    `error: give either a file, or --kubernetes with the name of a connection\n${HELP}`,
  ],
  [['import', 'a.yaml', '--namespace', 'shop'], `error: --namespace goes with --kubernetes\n${HELP}`],
  [['--confg', 'x'], `error: unknown option '--confg'\n(Did you mean --config?)\n${HELP}`],
])('the command line rejects %j and names the unknown part', async (args, message) => {
  expect(await runCli(args)).toEqual({ status: 1, out: '', err: message });
});

it.each([
  [['hand-back'], 'Error: hand-back needs --expired; for one cluster use POST /clusters/:id/hand-back\n'],
  [['hand-back', '--expired', '--after', 'soon'], expect.stringMatching(/^Error: --after: /)],
  [
    ['hand-back', '--expired', '--credentials', 'no-such-folder'],
    expect.stringContaining('Error: in_cluster needs the service account of a pod'),
  ],
])('the command line says what is wrong with %j', async (args, message) => {
  expect(await runCli(args)).toEqual({ status: 1, out: '', err: message });
});
