import { describe, expect, it } from '@jest/globals';
import { awsAddress, awsConnection, asgMetrics, asgTarget } from './aws.fields.js';

const KEY = 'ASIAQNZGKIQY56JQ7WML';
const ROLE = 'arn:aws:iam::111122223333:role/team/autoscaler';

function address(given: object): string {
  return awsAddress(awsConnection(true).parse({ region: 'eu-west-1', ...given }));
}

describe('a connection to AWS', () => {
  it('needs an access key, unless an admin allows the identity of the service', () => {
    const given = { region: 'eu-west-1', role_arn: ROLE };
    expect(awsConnection(false).safeParse(given).error?.issues).toMatchObject([
      { path: ['access_key_id'], message: expect.stringContaining('providers.aws.allow_ambient') },
    ]);
    expect(awsConnection(true).safeParse(given).success).toBe(true);
  });

  it('gets an external ID of its own, and keeps one that is given', () => {
    const given = { region: 'eu-west-1', access_key_id: KEY };
    const [one, other] = [awsConnection(false).parse(given), awsConnection(false).parse(given)];
    expect(one.external_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.external_id).not.toBe(one.external_id);
    expect(awsConnection(false).parse(one)).toEqual(one);
  });

  it.each([
    { region: 'Europe' },
    { region: 'eu-west-1', role_arn: 'arn:aws:iam::1:role/x' },
    { region: 'eu-west-1', endpoint: 'file:///etc/passwd' },
    { region: 'eu-west-1', profile: 'default' },
    { region: 'eu-west-1', access_key_id: 'x' },
  ])('does not take %j', (given) => {
    expect(awsConnection(false).safeParse({ access_key_id: KEY, ...given }).success).toBe(false);
  });

  it('has the same address as others to the account and region', () => {
    expect(address({ access_key_id: KEY })).toBe('AWS eu-west-1, 029608264753');
    expect(address({ access_key_id: KEY, role_arn: ROLE })).toBe('AWS eu-west-1, 111122223333');
    expect(address({ role_arn: ROLE })).toBe('AWS eu-west-1, 111122223333');
    expect(address({ access_key_id: 'AKIAIOSFODNN7EXAMPLE' })).toBe('AWS eu-west-1, AKIAIOSFODNN7EXAMPLE');
    expect(address({})).toBe('AWS eu-west-1, the account of the service');
    expect(address({ endpoint: 'http://127.0.0.1:5000' })).toBe('http://127.0.0.1:5000');
  });
});

describe('a cluster of AWS', () => {
  it.each(['web', 'Web_1/blue#2', 'a'.repeat(255)])('is the group %s', (group) => {
    expect(asgTarget.parse({ group })).toEqual({ group });
  });

  it.each(['', 'two words', 'a:b', 'ä', 'a'.repeat(256)])('is not the group "%s"', (group) => {
    expect(asgTarget.safeParse({ group }).success).toBe(false);
  });

  it('names a target group by the end of its ARN', () => {
    const target = 'targetgroup/web/0123456789abcdef';
    expect(asgMetrics.parse({ group: 'web', target_group: target }).target_group).toBe(target);
    const arn = `arn:aws:elasticloadbalancing:eu-west-1:111122223333:${target}`;
    expect(asgMetrics.safeParse({ group: 'web', target_group: arn }).success).toBe(false);
  });
});
