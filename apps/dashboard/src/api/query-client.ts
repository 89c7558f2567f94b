import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

const LONGEST_WAIT_MS = 8000;
/** Wrong credentials are a wrong answer in a form, not the end of a login. */
const ENDED = new Set(['not_authenticated', 'token_expired', 'token_invalid', 'token_revoked']);

type Listener = () => void;
const listeners = new Set<Listener>();

/** Calls back when the service says that the login is over. */
export function onLoginEnded(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellIfLoginEnded(error: unknown): void {
  if (error instanceof ApiError && error.status === 401 && ENDED.has(error.code))
    for (const listener of listeners) listener();
}

/** What cannot be reached is asked again until it can: a page that is left open mends itself. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: tellIfLoginEnded }),
  mutationCache: new MutationCache({ onError: tellIfLoginEnded }),
  defaultOptions: {
    queries: {
      retry: (_count, error) => error instanceof ApiError && error.passing,
      retryDelay: (attempt) => Math.min(LONGEST_WAIT_MS, 500 * 2 ** attempt),
      staleTime: 5000,
      // A machine without a way to the internet still has one to itself.
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
