import { randomUUID } from 'node:crypto';
import { z } from '../sdk/index.js';

const REGION = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;
const ACCESS_KEY = /^[A-Z0-9]{16,128}$/;
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
/** What AWS allows; ours are UUIDs. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,256}$/;
/** ASCII without blanks and the colon. */
const GROUP = /^[!-9;-~]{1,255}$/;
const TARGET_GROUP = /^targetgroup\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}$/;

const connectionFields = z.strictObject({
  region: z
    .string()
    .regex(REGION, { error: 'must be a region, such as eu-west-1' })
    .meta({ title: 'Region', examples: ['eu-west-1'] }),
  access_key_id: z.string().regex(ACCESS_KEY, { error: 'must be the id of an access key' }).optional().meta({
    title: 'Access key ID',
    description: 'its secret is secret_access_key; optional only where providers.aws.allow_ambient is true',
  }),
  role_arn: z
    .string()
    .regex(ROLE, { error: 'must be the ARN of a role' })
    .optional()
    .meta({
      title: 'Role',
      description: 'ARN of a role to assume, with the external ID below',
      examples: ['arn:aws:iam::123456789012:role/autoscaler'],
    }),
  external_id: z
    .string()
    .regex(EXTERNAL_ID, { error: 'must be 2 to 256 letters, digits and characters of _+=,.@:/-' })
    .optional()
    .transform((given) => given ?? randomUUID())
    .meta({
      title: 'External ID',
      description: 'what the trust policy of the role requires; generated if it is not given',
    }),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .meta({
      title: 'Endpoint',
      description: 'for tests only: an emulator of AWS; must be listed in collector.allowed_urls',
    }),
});

/** @param allowAmbient whether connections may use the identity of the service itself */
export function awsConnection(allowAmbient: boolean) {
  return connectionFields.refine(({ access_key_id: key }) => allowAmbient || key !== undefined, {
    path: ['access_key_id'],
    error: 'must be given: an admin has to set providers.aws.allow_ambient before connections can do without',
  });
}

const group = z
  .string()
  .regex(GROUP, { error: 'must be the name of an Auto Scaling group' })
  .meta({ title: 'Auto Scaling group', examples: ['web'] });

export const asgTarget = z.strictObject({ group });

export const asgMetrics = z.strictObject({
  group,
  detailed: z.boolean().default(false).meta({
    title: 'Detailed monitoring',
    description: 'the instances have detailed monitoring: CPU comes every minute, otherwise every five',
  }),
  per_instance: z.boolean().default(false).meta({
    title: 'CPU of each instance',
    description: 'instead of the average of the group; each instance is a query, which AWS charges for',
  }),
  target_group: z
    .string()
    .regex(TARGET_GROUP, { error: 'must be the end of its ARN, such as targetgroup/web/0123456789abcdef' })
    .optional()
    .meta({
      title: 'Target group',
      description: 'of an Application Load Balancer, for requests per server: the end of its ARN',
      examples: ['targetgroup/web/0123456789abcdef'],
    }),
});

export type AwsConnection = z.output<typeof connectionFields>;
export type AsgTarget = z.output<typeof asgTarget>;
export type AsgMetrics = z.output<typeof asgMetrics>;

export function groupName({ group: name }: Pick<AsgTarget, 'group'>): string {
  return name;
}

/** Same text for connections to the same account and region, as far as role or key show the account. */
export function awsAddress({ region, endpoint, role_arn: role, access_key_id: key }: AwsConnection): string {
  if (endpoint !== undefined) return endpoint;
  const account = role?.split(':')[4] ?? (key === undefined ? 'the account of the service' : accountOf(key));
  return `AWS ${region}, ${account}`;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Access keys issued since 2019 contain the account ID: 40 bits after the first bit of what follows the prefix. */
function accountOf(key: string): string {
  if (!/^A[KS]IA[K-Z2-7][A-Z2-7]{15}$/.test(key)) return key;
  let bits = 0n;
  for (const character of key.slice(4, 14)) bits = bits * 32n + BigInt(BASE32.indexOf(character));
  // 50 bits: of the first 48, one that is unused, the 40 of the account, and 7 of the key.
  return String((bits >> 9n) & ((1n << 40n) - 1n)).padStart(12, '0');
}
