import { ProviderError, type ProviderErrorCode } from '../sdk/index.js';
import { cut } from '../http/cut.js';

/** What the API server answers instead of what was asked for. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
}

const CODES: Readonly<Record<number, ProviderErrorCode>> = {
  401: 'unauthorized',
  404: 'not_found',
  409: 'conflict',
  // Of a list or a watch whose version is too old; never of anything else.
  410: 'unreachable',
  429: 'throttled',
};

/** Which answer an error stands for: its HTTP status. */
class Answered extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`);
  }
}

/** @param right what is missing where the answer is that it is forbidden */
export function failureOf(status: number, text: string, right: string): ProviderError {
  const { message = cut(text, 200) } = statusOf(text);
  const cause = new Answered(status);
  // An admission webhook that says no answers 403, too.
  if (status === 403 && / cannot /.test(message))
    return new ProviderError('unauthorized', `the right is missing to ${right}`, { cause });
  if (status === 401)
    return new ProviderError(
      'unauthorized',
      'the API server does not accept the credentials: they are wrong, or have expired',
      { cause },
    );
  const code = CODES[status] ?? (status >= 500 ? 'unreachable' : status >= 400 ? 'refused' : 'invalid');
  return new ProviderError(code, `HTTP ${status} of the API server: ${message}`, { cause });
}

/** No answer at all. */
export function unreachable(cause: unknown): ProviderError {
  const { message, code } = (cause ?? {}) as { readonly message?: string; readonly code?: string };
  const why = message === undefined || message === '' ? (code ?? 'no answer') : message;
  return new ProviderError('unreachable', `cannot reach the API server: ${why}`, { cause });
}

/** Whether an error is an answer of that HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ProviderError && error.cause instanceof Answered && error.cause.status === status;
}

function statusOf(text: string): Status {
  try {
    return (JSON.parse(text) ?? {}) as Status;
  } catch {
    return {};
  }
}
