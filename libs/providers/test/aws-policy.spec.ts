import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { AwsHarness, clusterOf, unlimited } from './aws-harness.js';

interface Policy {
  readonly Statement: readonly { readonly Sid?: string; readonly Action: string | readonly string[] }[];
}

/** The actions that the policy with this name in docs/aws.md allows. */
async function documented(sid: string): Promise<readonly string[]> {
  const text = await readFile('docs/aws.md', 'utf8');
  const policies = [...text.matchAll(/```json\n([^`]+)```/g)]
    .map(([, json]) => JSON.parse(json!) as Partial<Policy>)
    .flatMap(({ Statement: statements = [] }) => statements);
  const actions = policies.find(({ Sid: name }) => name === sid)?.Action ?? [];
  return [actions].flat().toSorted();
}

/** AWS lets everybody ask for this. */
const FREE = 'sts:GetCallerIdentity';

describe('the policies of docs/aws.md', () => {
  let harness: AwsHarness;
  beforeEach(async () => {
    harness = await AwsHarness.start();
    harness.stub.add('web');
  });
  afterEach(async () => harness.close());

  /** As IAM names them. */
  function called(): readonly string[] {
    const names = harness.stub.requests.map(({ action }) => {
      if (action === 'GetMetricData') return `cloudwatch:${action}`;
      return action === 'GetCallerIdentity' ? FREE : `autoscaling:${action}`;
    });
    return [...new Set(names)].toSorted();
  }

  it('allow to watch all that a reading calls, and no more', async () => {
    await harness.read(clusterOf('web'));
    expect(called()).toEqual(await documented('Watch'));
  });

  it('allow to act all that a change calls, and no more', async () => {
    await harness.read(clusterOf('web'));
    await harness.setDesired(clusterOf('web'), 3);
    expect(called()).toEqual([...(await documented('Watch')), ...(await documented('Act'))].toSorted());
  });

  it('are what a test of a connection asks for', async () => {
    await harness.session.check!({ signal: unlimited() });
    const all = [...(await documented('Watch')), ...(await documented('Act')), FREE];
    expect(called()).toEqual(all.toSorted());
    for (const action of called().filter((name) => name !== FREE))
      harness.stub.fail(action.split(':')[1]!, { status: 403, code: 'AccessDenied' });
    const { missing } = await harness.session.check!({ signal: unlimited() });
    expect(missing.filter(({ neededFor }) => neededFor === 'reading').map(({ right }) => right)).toEqual(
      await documented('Watch'),
    );
    expect(missing.filter(({ neededFor }) => neededFor === 'acting')).toMatchObject(
      (await documented('Act')).map((right) => ({ right: expect.stringContaining(right) })),
    );
  });
});
