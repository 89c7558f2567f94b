/**
 * Why a provider did not do what it was asked for.
 *
 * | code | meaning | was anything changed? |
 * |---|---|---|
 * | `unreachable` | no answer, or one of a provider in distress; tried again | not known |
 * | `throttled` | asked too often; tried again | not known |
 * | `circuit_open` | not asked: the requests before failed. Only the service says so | not known |
 * | `invalid` | an answer that makes no sense | not known |
 * | `not_found` | the provider does not know the cluster | no |
 * | `no_capacity` | no servers left, or a quota is used up | no |
 * | `unauthorized` | the credentials are wrong, or a right is missing | no |
 * | `conflict` | another change is under way, or came first | no |
 * | `fenced` | a newer instance works on the cluster | no |
 * | `refused` | any other clear no | no |
 */
export type ProviderErrorCode =
  | 'unreachable'
  | 'throttled'
  | 'circuit_open'
  | 'invalid'
  | 'not_found'
  | 'no_capacity'
  | 'unauthorized'
  | 'conflict'
  | 'fenced'
  | 'refused';

const UNANSWERED: ReadonlySet<ProviderErrorCode> = new Set(['unreachable', 'throttled', 'circuit_open']);
const REFUSED: ReadonlySet<ProviderErrorCode> = new Set([
  'not_found',
  'no_capacity',
  'unauthorized',
  'conflict',
  'fenced',
  'refused',
]);

/** A plugin may bring a copy of this package: errors are recognized by this mark, not by their class. */
const MARK = Symbol.for('autoscaler.provider-error');

/** What a session throws or returns instead of a reading. The message is logged, stored and shown: no secrets in it. */
export class ProviderError extends Error {
  constructor(
    readonly code: ProviderErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProviderError';
    Object.defineProperty(this, MARK, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value;
  }
}

/** Whether the provider could not answer: the same request may succeed a moment later. */
export function isUnanswered({ code }: ProviderError): boolean {
  return UNANSWERED.has(code);
}

/** Whether the provider said no, and nothing was changed. */
export function isRefusal({ code }: ProviderError): boolean {
  return REFUSED.has(code);
}
