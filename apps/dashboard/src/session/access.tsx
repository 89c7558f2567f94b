import { Button } from '@mantine/core';
import { Link, Outlet } from 'react-router';
import { Face } from '../layout/faces';
import { useTitle } from '../layout/use-title';
import { useSession } from './session';

/** Pages for accounts that may change something. */
export function Operators() {
  const { mayChange } = useSession();
  return mayChange ? (
    <Outlet />
  ) : (
    <Closed whole title="Viewers cannot create clusters">
      You can look at clusters but not change them. Ask an admin for the role operator.
    </Closed>
  );
}

/** Pages for admins. */
export function Admins() {
  const { isAdmin } = useSession();
  return isAdmin ? (
    <Outlet />
  ) : (
    <Closed title="Only admins can open this page">It shows accounts and actions of all users. Ask an admin.</Closed>
  );
}

interface ClosedProps {
  readonly title: string;
  readonly whole?: boolean;
  readonly children: string;
}

function Closed({ title, whole = false, children }: ClosedProps) {
  useTitle(title);
  return (
    <Face
      whole={whole}
      title={title}
      action={
        <Button component={Link} to="/" variant="default">
          To the clusters
        </Button>
      }
    >
      {children}
    </Face>
  );
}
