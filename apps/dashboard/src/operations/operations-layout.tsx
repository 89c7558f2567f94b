import { Title } from '@mantine/core';
import { NavLink, Outlet } from 'react-router';
import classes from '../cluster/cluster-page.module.css';
import { useSession } from '../session/session';

/** State of the service; for admins also the audit log and the users. */
export function OperationsLayout() {
  const { isAdmin } = useSession();
  return (
    <>
      <Title order={1} size="h2">
        Operations
      </Title>
      {isAdmin ? (
        <nav className={classes['places']} aria-label="Pages of operations">
          <NavLink to="/operations" end className={classes['place'] ?? ''}>
            Service
          </NavLink>
          <NavLink to="/operations/audit" className={classes['place'] ?? ''}>
            Audit log
          </NavLink>
          <NavLink to="/operations/users" className={classes['place'] ?? ''}>
            Users
          </NavLink>
        </nav>
      ) : (
        <div className={classes['gap']} />
      )}
      <Outlet />
    </>
  );
}
