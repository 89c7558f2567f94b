import { CrossCircledIcon, ExclamationTriangleIcon, InfoCircledIcon } from '@radix-ui/react-icons';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../api/client';
import { lasted, moment } from '../layout/words';
import { useNow } from '../live/use-now';
import classes from './alert-list.module.css';
import { alertWords } from './words';

export type Alert = Schema['AlertDto'];

const ICONS = { critical: CrossCircledIcon, warning: ExclamationTriangleIcon, info: InfoCircledIcon } as const;
const SEVERITIES = { critical: 'Critical', warning: 'Warning', info: 'For information' } as const;

interface AlertListProps {
  readonly label: string;
  readonly alerts: readonly Alert[];
  /** Whether to show the cluster of each alert. */
  readonly named?: boolean;
  /** Renders the action for an alert. */
  readonly renderAction?: (alert: Alert) => ReactNode;
}

/** A list of alerts, in the given order. */
export function AlertList({ label, alerts, named = false, renderAction }: AlertListProps) {
  const now = useNow();
  return (
    <ul className={classes['list']} aria-label={label}>
      {alerts.map((alert) => {
        const { cluster_id: id, code, severity, message, since, until } = alert;
        const Icon = ICONS[severity];
        return (
          <li
            key={`${id} ${code} ${since ?? ''}`}
            className={classes['alert']}
            data-severity={severity}
            data-over={until !== null || undefined}
          >
            <Icon className={classes['icon'] ?? ''} aria-label={SEVERITIES[severity]} />
            <span className={classes['text']}>
              <strong>{alertWords(code)}</strong>
              {named && (
                <Link to={`/clusters/${id}`} className={classes['cluster'] ?? ''}>
                  {alert.cluster_name ?? 'a cluster that is not ticked'}
                </Link>
              )}
              <span className={classes['message']}>{message}</span>
              {renderAction?.(alert)}
            </span>
            <span className={classes['when']}>{whenOf(alert, now)}</span>
          </li>
        );
      })}
    </ul>
  );
}

function whenOf({ since, until }: Alert, now: number): string {
  if (since === null) return 'now';
  if (until === null) return `since ${moment(since, now)}, for ${lasted(now - Date.parse(since))}`;
  if (until === since) return moment(since, now);
  return `${moment(since, now)}, for ${lasted(Date.parse(until) - Date.parse(since))}`;
}
