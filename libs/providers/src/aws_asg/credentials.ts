import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { ProviderError } from '../sdk/index.js';
import type { AwsConfig } from './aws-api.js';
import { awsError } from './aws-error.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** How the session is called in CloudTrail. */
const SESSION_NAME = 'autoscaler';
const LIFETIME_S = 3600;
/** Renewed this long before they expire. */
const RENEW_BEFORE_MS = 300_000;
const TIMEOUT_MS = 10_000;

/**
 * Credentials of a role, assumed when first needed and renewed in time; shared by all clients.
 *
 * @param configOf of a client with sockets of its own, which is closed afterwards
 */
export function assumedRole(
  configOf: () => AwsConfig,
  { role, externalId }: { readonly role: string; readonly externalId: string },
): () => Promise<Credentials> {
  let known: Promise<Credentials> | null = null;
  let renewAt = 0;
  return async () => {
    // By the clock of this machine, as is the time in the answer.
    if (known === null || Date.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY;
      known = assume(configOf(), role, externalId).then(
        (credentials) => {
          renewAt = (credentials.expiration?.getTime() ?? 0) - RENEW_BEFORE_MS;
          return credentials;
        },
        (error: unknown) => {
          known = null;
          throw error;
        },
      );
    }
    return known;
  };
}

async function assume(config: AwsConfig, role: string, externalId: string): Promise<Credentials> {
  const client = new STSClient(config);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = {
    RoleArn: role,
    RoleSessionName: SESSION_NAME,
    ExternalId: externalId,
    DurationSeconds: LIFETIME_S,
  };
  try {
    const { Credentials: given } = await client.send(new AssumeRoleCommand(request), { abortSignal: signal });
    if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined)
      throw new ProviderError('invalid', 'the answer to sts:AssumeRole has no credentials');
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      ...(given.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
      ...(given.Expiration === undefined ? {} : { expiration: given.Expiration }),
    };
  } catch (error) {
    throw awsError('sts:AssumeRole', error, signal);
  } finally {
    client.destroy();
  }
}
