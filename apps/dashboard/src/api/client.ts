import createClient from 'openapi-fetch';
import { errorOf } from '../forms/errors';
import type { components, paths } from '../generated/api';

/** Types generated from the API document: what the service does not have does not compile here. */
export type Schema = components['schemas'];

/** An unsuccessful response, or a request without a response. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP status; 0: no response. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly { readonly field: string; readonly error: string }[] = [],
    readonly traceId: string | null = null,
  ) {
    super(message);
  }

  /** Whether a retry may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The errors of one form field with the labels of the form, if the service reported any. */
  about(field: string, label?: string): string | null {
    return errorOf(field, this.details, label);
  }
}

export const api = createClient<paths>({ baseUrl: window.location.origin });

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The body of a successful response.
 *
 * @throws ApiError for any other response, and for none
 */
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await request.catch((): Answer<T> => {
    throw new ApiError(0, 'unreachable', 'The service cannot be reached.');
  });
  if (response.ok) return data as T;
  const body = (typeof error === 'object' && error !== null ? error : {}) as Partial<Schema['ErrorDto']>;
  throw new ApiError(
    response.status,
    body.code ?? 'unknown',
    body.error ?? `The service answered ${response.status}.`,
    body.details ?? [],
    body.trace_id ?? null,
  );
}
