import { ProviderError } from '../sdk/index.js';
import { cut } from '../http/cut.js';

const THROTTLED = /^(Throttl|RequestLimitExceeded|TooManyRequests|RequestThrottled|SlowDown)/;
const BUSY = /^(ScalingActivityInProgress|ResourceContention)/;
const DENIED = /^(AccessDenied|UnauthorizedOperation|NotAuthorized|Forbidden)/;
const EXPIRED = /^(ExpiredToken|RequestExpired|TokenRefreshRequired)/;
const NOT_ACCEPTED =
  /^(InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|AuthFailure|MissingAuthenticationToken|OptInRequired|CredentialsProviderError|InvalidIdentityToken)/;
const LONGEST_MESSAGE = 200;

/** What the SDK throws: an answer of the service has a status, anything else has none. */
interface AwsFailure {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * A failure of the SDK in the terms of providers. It has no cause: what the SDK throws may hold signed headers.
 *
 * @param action as IAM names it: `autoscaling:SetDesiredCapacity`
 */
export function awsError(action: string, thrown: unknown, signal: AbortSignal): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (signal.aborted) return new ProviderError('unreachable', 'no answer in time');
  const failure: AwsFailure = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name } = failure;
  const status = failure.$metadata?.httpStatusCode;
  const refusal = credentialsError(action, name);
  if (refusal !== null) return refusal;
  if (THROTTLED.test(name) || status === 429) return new ProviderError('throttled', `AWS throttles ${action}`);
  if (BUSY.test(name))
    return new ProviderError('conflict', `another scaling activity of the group is in progress (${name})`);
  if (name === 'ForbiddenAddressError') return new ProviderError('refused', failure.message);
  if (status !== undefined && status < 400)
    return new ProviderError('invalid', `cannot understand the answer to ${action}`);
  if (status === undefined) return new ProviderError('unreachable', `no answer to ${action}: ${lineOf(failure)}`);
  if (status >= 500) return new ProviderError('unreachable', `${action} answered HTTP ${status}, ${name}`);
  if (/group name not found/i.test(failure.message)) return new ProviderError('not_found', lineOf(failure));
  return new ProviderError('refused', `${action} answered ${name}: ${lineOf(failure)}`);
}

/** Their messages quote keys and signatures, so they are not repeated. */
function credentialsError(action: string, name: string): ProviderError | null {
  if (DENIED.test(name)) return new ProviderError('unauthorized', `the right ${action} is missing`);
  if (EXPIRED.test(name))
    return new ProviderError(
      'unauthorized',
      `the credentials have expired (${action}): rotate those of the connection`,
    );
  if (NOT_ACCEPTED.test(name))
    return new ProviderError('unauthorized', `AWS does not accept the credentials (${name} at ${action})`);
  return null;
}

function lineOf({ message }: AwsFailure): string {
  return cut(message.split('\n')[0] ?? '', LONGEST_MESSAGE);
}
