import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { moneyWords } from '../layout/money';
import { counted, duration, inPercent, inSeconds, number, percent } from '../layout/words';
import type { LiveMetrics } from '../live/events';
import { useLiveCluster } from '../live/live-store';
import type { Cluster, ClusterStatus, ServiceLevel } from './queries';
import { promiseOf, type ServiceLevelPromise } from './promise';
import classes from './tiles.module.css';
import { useRefusedCount } from './use-refused';

interface TilesProps {
  readonly cluster: Cluster;
  readonly status: ClusterStatus | null;
  readonly serviceLevel: ServiceLevel | null;
}

/** Key figures of the current state. */
export function Tiles({ cluster, status, serviceLevel }: TilesProps) {
  const { metrics, state } = useLiveCluster(cluster.id);
  const active = metrics?.active ?? status?.servers?.active ?? null;
  const provisioning = metrics?.provisioning ?? status?.servers?.provisioning ?? 0;
  const draining = metrics?.draining ?? status?.servers?.draining ?? 0;
  const demand = metrics === null ? (status?.demand ?? null) : metrics.demand;
  const cpu = metrics === null ? (status?.cpu ?? null) : (metrics.cpu?.mean ?? null);
  const refused = useRefusedCount(cluster.id) ?? null;
  const desired = refused ?? state?.desired ?? status?.desired_servers ?? null;
  const promise = promiseOf(cluster);
  const limit = promise === null ? null : 100 * promise.maxUtilization;
  const { cost } = cluster;
  const perHour =
    cost === null || active === null
      ? null
      : { amount: cost.per_server_hour * (active + provisioning + draining), currency: cost.currency };
  const moving = [
    ...(provisioning > 0 ? [`${provisioning} starting`] : []),
    ...(draining > 0 ? [`${draining} leaving`] : []),
  ];
  return (
    <dl className={classes['tiles']}>
      <Tile
        label="Servers"
        value={number(active, 0)}
        note={[
          desiredWords(desired, active),
          ...moving,
          ...(perHour === null ? [] : [`${moneyWords(perHour)} an hour`]),
        ].join(', ')}
        bad={refused !== null && active !== null && active !== refused}
      />
      <Tile
        label="Demand"
        value={number(demand)}
        note={metrics?.saturated === true ? 'at least: the cluster is saturated' : 'servers’ worth of work'}
        bad={metrics?.saturated === true}
      />
      <Tile
        label="Utilization"
        value={inPercent(cpu)}
        note={reportWords(metrics) ?? (limit === null ? ofServers(active) : `at most ${inPercent(limit)} is promised`)}
        bad={limit !== null && cpu !== null && cpu > limit}
      />
      <BudgetTile promise={promise} budget={serviceLevel?.budget ?? null} />
      <LeadTimeTile serviceLevel={serviceLevel} />
    </dl>
  );
}

/** Read after the count of active servers: `4` `of 7 desired`. */
function desiredWords(desired: number | null, active: number | null): string {
  if (desired === null) return 'no desired count yet';
  return desired === active ? `${number(desired, 0)} desired` : `of ${number(desired, 0)} desired`;
}

/** Text if only some servers report. */
function reportWords(metrics: LiveMetrics | null): string | null {
  return metrics === null || metrics.reporting >= metrics.active
    ? null
    : `${number(metrics.reporting, 0)} of ${counted(metrics.active, 'active server')} report`;
}

function ofServers(active: number | null): string {
  return active === null ? 'servers unknown' : `of ${counted(active, 'active server')}`;
}

interface BudgetTileProps {
  readonly promise: ServiceLevelPromise | null;
  readonly budget: ServiceLevel['budget'];
}

function BudgetTile({ promise, budget }: BudgetTileProps) {
  if (promise === null) {
    return <Tile label="Promise" value="None" note="this policy promises no service level" muted />;
  }
  const words = `at most ${percent(promise.violations, 3)} above ${percent(promise.maxUtilization, 0)}`;
  if (budget === null) return <Tile label="Error budget" value="–" note={words} />;
  const { left } = budget;
  return (
    <Tile
      label="Error budget"
      value={left < 0 ? 'Overspent' : `${percent(left, 0)} left`}
      bad={left < 0}
      note={
        <Tooltip
          label={`${percent(budget.spent, 2)} of requests were slow or failed over the last days, ${percent(budget.promised, 2)} are allowed. A burn rate of 1 spends exactly what is allowed.`}
        >
          <span>{`${words}, burn rate ${number(budget.burn_rate)}`}</span>
        </Tooltip>
      }
    />
  );
}

function LeadTimeTile({ serviceLevel }: { readonly serviceLevel: ServiceLevel | null }) {
  const lead = serviceLevel?.lead_time;
  if (lead === undefined || lead.up_to_ms === null) {
    return <Tile label="Lead time" value="–" note="no start measured yet" muted />;
  }
  return <Tile label="Lead time" value={`up to ${inSeconds(lead.up_to_ms)}`} note={leadTimeWords(lead)} />;
}

/** What decisions use, if that differs, or what the time rests on. */
function leadTimeWords({ count, up_to_ms: upTo, planned_ms: planned }: ServiceLevel['lead_time']): string {
  return duration(planned) === inSeconds(upTo ?? planned)
    ? `measured at ${counted(count, 'start')}`
    : `the plan uses ${duration(planned)}`;
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly note: ReactNode;
  readonly bad?: boolean;
  readonly muted?: boolean;
}

function Tile({ label, value, note, bad = false, muted = false }: TileProps) {
  return (
    <div className={classes['tile']} data-bad={bad || undefined} data-muted={muted || undefined}>
      <dt>{label}</dt>
      <dd className={classes['value']}>{value}</dd>
      <dd className={classes['note']}>{note}</dd>
    </div>
  );
}
