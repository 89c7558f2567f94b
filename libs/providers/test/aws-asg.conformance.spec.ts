import { describe, it } from '@jest/globals';
import { conformanceCases, type Harness, type Trouble } from '../src/sdk/conformance/index.js';
import { AwsHarness, clusterOf, provider } from './aws-harness.js';
import type { StubFault } from './aws-stub.js';

const FAULTS: Readonly<Record<Exclude<Trouble, 'partial'>, readonly [action: string, fault: StubFault]>> = {
  unreachable: ['*', 'reset'],
  hang: ['*', 'hang'],
  refuse: ['SetDesiredCapacity', { status: 400, code: 'LimitExceeded', message: 'a quota is used up' }],
};

async function start(): Promise<Harness> {
  const harness = await AwsHarness.start();
  const { stub, session, clock } = harness;
  for (const name of ['web', 'api']) stub.add(name);
  stub.series = ({ period }) => ({
    points: { [Math.floor(clock.now() / (period * 1000) - 1) * period * 1000]: 42 },
  });
  return {
    session,
    cluster: clusterOf('web'),
    other: clusterOf('api'),
    unknown: clusterOf('none'),
    now: () => clock.now(),
    async settle() {
      clock.advance(60_000);
      stub.settle();
    },
    async trouble(kind) {
      if (kind !== 'partial') stub.fail(...FAULTS[kind]);
    },
    close: async () => harness.close(),
  };
}

describe('Auto Scaling groups', () => {
  for (const { name, run } of conformanceCases(provider, start)) it(name, run);
});
