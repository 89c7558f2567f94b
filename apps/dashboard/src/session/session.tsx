import { type Query, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Activity, createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { api, ApiError, ask, type Schema } from '../api/client';
import { onLoginEnded, tellIfLoginEnded } from '../api/query-client';
import { live } from '../live/live';
import { forgetDrafts } from '../layout/drafts';
import { Waiting } from '../layout/faces';
import { LoginPage } from './login-page';

export type Me = Schema['MeDto'];

export interface Session {
  readonly me: Me;
  readonly logOut: () => void;
  /** Whether the account may create clusters and change its own. */
  readonly mayChange: boolean;
  readonly isAdmin: boolean;
}

const SessionContext = createContext<Session | null>(null);
/** Query key of the current user. */
export const ME = ['me'];

/** The current user; always set inside a `SessionProvider`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession is used outside of SessionProvider');
  return session;
}

/** Whether the account may change a cluster: it may see other owners' clusters without that. */
export function useMayChange({ owner_id: owner }: Pick<Schema['ClusterDto'], 'owner_id'>): boolean {
  const { me, mayChange, isAdmin } = useSession();
  return mayChange && (isAdmin || owner === me.id);
}

async function whoAmI(): Promise<Me | null> {
  try {
    return await ask(api.GET('/auth/me'));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    // Only an ended login keeps the page; without a previous login there is nothing to keep.
    tellIfLoginEnded(error);
    return null;
  }
}

/**
 * Renders its children for a logged-in user, and otherwise the login page at the same URL. If a login expires, the page
 * is kept behind the login page, including unsaved input, until the same user logs in again.
 */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queryClient = useQueryClient();
  /** The user whose login expired. */
  const [ended, setEnded] = useState<Me | null>(null);
  const me = useQuery({ queryKey: ME, queryFn: whoAmI, staleTime: Infinity, refetchOnWindowFocus: true });

  useEffect(
    () =>
      onLoginEnded(() => {
        const before = queryClient.getQueryData<Me | null>(ME) ?? null;
        if (before !== null) setEnded(before);
        queryClient.setQueryData(ME, null);
      }),
    [queryClient],
  );

  const expiresAt = me.data?.expires_at;
  useEffect(() => {
    if (expiresAt === undefined) return undefined;
    const left = Math.min(Date.parse(expiresAt) - Date.now() + 1000, 2 ** 31 - 1);
    const timer = setTimeout(() => void queryClient.invalidateQueries({ queryKey: ME }), Math.max(left, 1000));
    return () => clearTimeout(timer);
  }, [expiresAt, queryClient]);

  const account = me.data ?? null;
  const loggedIn = account !== null;
  useEffect(() => {
    if (loggedIn) live.open();
    else live.close();
  }, [loggedIn]);

  const leaving = useMutation({
    mutationFn: async () => ask(api.POST('/auth/logout')),
    onSettled: () => {
      setEnded(null);
      forgetDrafts();
      queryClient.clear();
      queryClient.setQueryData(ME, null);
    },
  });
  const { mutate: logOut } = leaving;
  const shown = account ?? ended;
  const session = useMemo(
    (): Session | null =>
      shown === null
        ? null
        : {
            me: shown,
            logOut: () => logOut(),
            mayChange: shown.role !== 'viewer',
            isAdmin: shown.role === 'admin',
          },
    [shown, logOut],
  );

  async function enter(): Promise<void> {
    const next = await whoAmI();
    const loaded = { predicate: ({ queryKey }: Query) => queryKey[0] !== ME[0] };
    // Cached data of another user must not be shown.
    if (next?.id === ended?.id) void queryClient.invalidateQueries(loaded);
    else {
      queryClient.removeQueries(loaded);
      forgetDrafts();
    }
    queryClient.setQueryData(ME, next);
    setEnded(null);
  }

  return (
    <>
      {account === null &&
        (me.isPending ? (
          <Waiting failure={me.failureReason} />
        ) : (
          <LoginPage ended={ended !== null} onLogin={() => void enter()} />
        ))}
      {session !== null && (
        <Activity key={session.me.id} mode={account === null ? 'hidden' : 'visible'}>
          <SessionContext value={session}>{children}</SessionContext>
        </Activity>
      )}
    </>
  );
}
