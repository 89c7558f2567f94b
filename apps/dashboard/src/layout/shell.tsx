import { ActionIcon, Button, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import {
  ExitIcon,
  HamburgerMenuIcon,
  KeyboardIcon,
  LockClosedIcon,
  MagnifyingGlassIcon,
  MoonIcon,
  PersonIcon,
  SunIcon,
} from '@radix-ui/react-icons';
import { Suspense, useEffect, useState } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration, useNavigate, useNavigation, useRouteError } from 'react-router';
import { useAlertCount } from '../alerts/use-alert-count';
import { FreezeBar, FreezeButton } from '../operations/freeze';
import { openPalette, PaletteHost } from '../palette/palette-host';
import { PasswordDialog } from '../session/password-dialog';
import { useSession } from '../session/session';
import { ConnectionState } from './connection-state';
import { Face, Failure, Waiting } from './faces';
import { OutdatedPage } from './loaded-page';
import { Logo } from './logo';
import { useLiveStatus } from '../live/use-live';
import { Part } from './part';
import classes from './shell.module.css';
import { StaleBar } from './stale-bar';
import { useTitle } from './use-title';

const PLACES = [
  { to: '/', label: 'Clusters', end: true },
  { to: '/connections', label: 'Connections', end: true },
  { to: '/operations', label: 'Operations', end: false },
] as const;

/** Frame of every page. */
export function Shell() {
  const leaving = useNavigation().state !== 'idle';
  const isLost = useLiveStatus() === 'lost';
  useAlertCount();
  return (
    <>
      <a className={classes['skip']} href="#content">
        Skip to the content
      </a>
      <header className={classes['header']} data-leaving={leaving || undefined}>
        <div className={classes['bar']}>
          <Link to="/" className={classes['home']} aria-label="Autoscaler, all clusters">
            <Logo />
          </Link>
          <nav className={classes['nav']} aria-label="Main">
            {PLACES.map(({ to, label, end }) => (
              <NavLink key={to} to={to} end={end} className={classes['place'] ?? ''}>
                {label}
              </NavLink>
            ))}
          </nav>
          <div className={classes['tools']}>
            <FreezeButton />
            <ConnectionState />
            <PaletteHost />
            <ColorScheme />
            <Account />
          </div>
        </div>
      </header>
      <div className={classes['bars']}>
        <Part name="The state of the freeze">
          <FreezeBar />
        </Part>
        <StaleBar />
      </div>
      <main id="content" className={classes['content']} data-stale={isLost || undefined} tabIndex={-1}>
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </main>
      <ScrollRestoration />
    </>
  );
}

function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`Use ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === 'dark' ? <SunIcon width={18} height={18} /> : <MoonIcon width={18} height={18} />}
    </ActionIcon>
  );
}

function Account() {
  const { me, logOut } = useSession();
  const navigate = useNavigate();
  const [changing, setChanging] = useState(false);
  return (
    <>
      <PasswordDialog opened={changing} onClose={() => setChanging(false)} />
      <Menu position="bottom-end" width={220} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            px={10}
            className={classes['account'] ?? ''}
            leftSection={<PersonIcon width={16} height={16} />}
            aria-label={`Account of ${me.username}`}
          >
            <span className={classes['username']}>{me.username}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {me.username} · {me.role}
          </Menu.Label>
          <div className={classes['small']}>
            {PLACES.map(({ to, label }) => (
              <Menu.Item key={to} leftSection={<HamburgerMenuIcon />} onClick={() => void navigate(to)}>
                {label}
              </Menu.Item>
            ))}
            <Menu.Item leftSection={<MagnifyingGlassIcon />} onClick={() => openPalette('palette')}>
              Find or do
            </Menu.Item>
            <Menu.Divider />
          </div>
          <Menu.Item component="a" href="/swagger/index.html" target="_blank" data-autofocus>
            API
          </Menu.Item>
          <Menu.Item leftSection={<KeyboardIcon />} onClick={() => openPalette('keys')}>
            Keys
          </Menu.Item>
          <Menu.Item leftSection={<LockClosedIcon />} onClick={() => setChanging(true)}>
            Change password
          </Menu.Item>
          <Menu.Item leftSection={<ExitIcon />} onClick={logOut}>
            Log out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function wasReloaded(): boolean {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return navigation?.type === 'reload';
}

/** Page for unknown URLs. */
export function NotFound() {
  useTitle('Not found');
  return (
    <Face
      whole
      title="There is no such page"
      action={
        <Button component={Link} to="/" variant="default">
          To the clusters
        </Button>
      }
    >
      The address may be mistyped, or from another version.
    </Face>
  );
}

/**
 * An error of the page itself, in place of the page or of a part of it: the frame around it stays. An outdated page is
 * reloaded once.
 */
export function PageError() {
  const error = useRouteError();
  const outdated = error instanceof OutdatedPage && !wasReloaded();
  useEffect(() => {
    if (outdated) window.location.reload();
  }, [outdated]);
  if (outdated) return <Waiting />;
  return (
    <Failure
      whole
      error={error instanceof Error ? error : new Error('not an error')}
      onRetry={() => window.location.reload()}
    />
  );
}
