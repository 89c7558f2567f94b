import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { api, ApiError, ask, type Schema } from '../api/client';
import { onLoginEnded } from '../api/query-client';
import { live } from '../live/live';
import { Waiting } from '../layout/faces';
import { LoginPage } from './login-page';

export type Me = Schema['MeDto'];

export interface Session {
  readonly me: Me;
  readonly logOut: () => void;
  readonly mayChange: boolean;
  readonly isAdmin: boolean;
}

const SessionContext = createContext<Session | null>(null);
const ME = ['me'];

/** Who is logged in; there is always somebody inside a `SessionProvider`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession is used outside of SessionProvider');
  return session;
}

async function whoAmI(): Promise<Me | null> {
  try {
    return await ask(api.GET('/auth/me'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Shows its children to somebody who is logged in, and the way in to everybody else, at the same address. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queryClient = useQueryClient();
  const [ended, setEnded] = useState(false);
  const me = useQuery({ queryKey: ME, queryFn: whoAmI, staleTime: Infinity, refetchOnWindowFocus: true });

  useEffect(
    () =>
      onLoginEnded(() => {
        if ((queryClient.getQueryData<Me | null>(ME) ?? null) !== null) setEnded(true);
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
      setEnded(false);
      queryClient.clear();
      queryClient.setQueryData(ME, null);
    },
  });
  const { mutate: logOut } = leaving;
  const session = useMemo(
    (): Session | null =>
      account === null
        ? null
        : {
            me: account,
            logOut: () => logOut(),
            mayChange: account.role !== 'viewer',
            isAdmin: account.role === 'admin',
          },
    [account, logOut],
  );

  if (me.isPending) return <Waiting failure={me.failureReason} />;
  if (session === null) {
    return (
      <LoginPage
        ended={ended}
        onLogin={() => {
          setEnded(false);
          void queryClient.resetQueries();
        }}
      />
    );
  }
  return <SessionContext value={session}>{children}</SessionContext>;
}
