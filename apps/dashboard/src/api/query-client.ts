import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

const LONGEST_WAIT_MS = 8000;
/** Only these codes end the login; wrong credentials are an error of the form. */
const ENDED = new Set(['not_authenticated', 'token_expired', 'token_invalid', 'token_revoked']);

type Listener = () => void;
const listeners = new Set<Listener>();

/** Calls the listener when the service reports that the login has ended. */
export function onLoginEnded(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellIfLoginEnded(error: unknown): void {
  if (error instanceof ApiError && error.status === 401 && ENDED.has(error.code))
    for (const listener of listeners) listener();
}

/** Unreachable requests are retried until they succeed: a page that stays open recovers. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: tellIfLoginEnded }),
  mutationCache: new MutationCache({ onError: tellIfLoginEnded }),
  defaultOptions: {
    queries: {
      retry: (_count, error) => error instanceof ApiError && error.passing,
      retryDelay: (attempt) => Math.min(LONGEST_WAIT_MS, 500 * 2 ** attempt),
      staleTime: 5000,
      // A machine that is offline can still reach itself.
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
