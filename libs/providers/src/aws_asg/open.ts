import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ProviderContext } from '../sdk/index.js';
import { AwsApi, awsClients, type AwsConfig } from './aws-api.js';
import { AwsAsgSession } from './aws-asg.session.js';
import type { AwsConnection } from './aws.fields.js';
import { assumedRole, type Credentials } from './credentials.js';

const CONNECT_TIMEOUT_MS = 5000;
/** A tick ends sooner. This ends the refresh of a role's credentials. */
const REQUEST_TIMEOUT_MS = 10_000;
const MOST_SOCKETS = 32;

type Context = Pick<ProviderContext, 'clock' | 'logger' | 'lookup' | 'secret' | 'secrets'>;

/** Opens a connection. This module loads the clients of AWS. */
export async function openAws(connection: AwsConnection, context: Context): Promise<AwsAsgSession> {
  const { region, endpoint, role_arn: role, external_id: externalId } = connection;
  const own = await ownCredentials(connection, context);
  const configOf = (): AwsConfig => ({
    region,
    // Attempts are the business of what is around a session.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    requestHandler: requestHandlerOf(endpoint, context),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Without: the identity of the service, which `awsConnection` allows or not.
    ...(own === null ? {} : { credentials: own }),
  });
  const assumed = role === undefined ? {} : { credentials: assumedRole(configOf, { role, externalId }) };
  const clients = awsClients({ ...configOf(), ...assumed });
  const [api, probes] = [new AwsApi(clients, context.clock), new AwsApi(clients, context.clock)];
  return new AwsAsgSession(api, context, probes);
}

/** @returns `null` for the identity of the service */
async function ownCredentials(
  { access_key_id: accessKeyId }: AwsConnection,
  context: Context,
): Promise<Credentials | null> {
  if (accessKeyId === undefined) return null;
  const secretAccessKey = await context.secret('secret_access_key');
  if (!context.secrets.has('session_token')) return { accessKeyId, secretAccessKey };
  return { accessKeyId, secretAccessKey, sessionToken: await context.secret('session_token') };
}

/** AWS's own addresses need no guard; an endpoint that a user names does. */
function requestHandlerOf(endpoint: string | undefined, { lookup }: Context): NonNullable<AwsConfig['requestHandler']> {
  const agent = {
    keepAlive: true,
    maxSockets: MOST_SOCKETS,
    ...(endpoint === undefined ? {} : { lookup }),
  };
  return {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  };
}
