import { Button, Loader, Text, Title } from '@mantine/core';
import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client';
import { OutdatedPage } from './loaded-page';
import classes from './faces.module.css';

interface FaceProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly icon?: ReactNode;
  readonly action?: ReactNode;
  /** Whether it fills the page. */
  readonly whole?: boolean;
}

/** Empty state: why there is nothing to show, and what to do. */
export function Face({ title, children, icon, action, whole = false }: FaceProps) {
  return (
    <div className={classes['face']}>
      {icon !== undefined && <div className={classes['icon']}>{icon}</div>}
      <Title order={whole ? 1 : 2} size="h4">
        {title}
      </Title>
      {children !== undefined && (
        <Text c="dimmed" maw={460} component="div">
          {children}
        </Text>
      )}
      {action}
    </div>
  );
}

/** Loading for the first time; shows failures and keeps retrying. */
export function Waiting({ failure }: { readonly failure?: Error | null }) {
  return (
    <div className={classes['face']} role="status">
      <Loader size="sm" />
      {failure instanceof ApiError && failure.passing ? (
        <>
          <Title order={2} size="h4">
            {failure.status === 0 ? 'The service cannot be reached' : 'The service is not ready'}
          </Title>
          <Text c="dimmed" maw={460}>
            It may be restarting. This page tries again by itself.
          </Text>
        </>
      ) : (
        <Text c="dimmed" size="sm">
          Loading …
        </Text>
      )}
    </div>
  );
}

/** Whether it does not exist, or is not visible to this account. */
export function isMissing(error: Error): boolean {
  return error instanceof ApiError && error.status === 404;
}

interface FailureProps extends Pick<FaceProps, 'whole'> {
  readonly error: Error;
  readonly onRetry?: () => void;
}

/** Errors of this page itself have messages for programmers only. */
function sentenceOf(error: Error): string {
  return error instanceof ApiError || error instanceof OutdatedPage
    ? error.message
    : 'The answer of the service has a form that this page does not know. Servers are not affected.';
}

/** An error that a retry does not fix. */
export function Failure({ error, onRetry, whole = false }: FailureProps) {
  const known = error instanceof ApiError ? error : null;
  const missing = isMissing(error);
  return (
    <Face
      whole={whole}
      title={missing ? 'There is nothing here' : 'This cannot be shown'}
      icon={<ExclamationTriangleIcon width={28} height={28} />}
      action={
        onRetry === undefined ? undefined : (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {missing ? 'It does not exist, was deleted, or belongs to somebody else.' : sentenceOf(error)}
      {known !== null && known.traceId !== null && known.status >= 500 && (
        <span className={classes['trace']}>Trace id for the log: {known.traceId}</span>
      )}
    </Face>
  );
}
