import type { ReactNode } from 'react';
import { moneyWords, sumsOf } from '../layout/money';
import { counted, number } from '../layout/words';
import { liveCluster } from '../live/live-store';
import { useNow } from '../live/use-now';
import { type Now, nowOf } from './now';
import classes from './now-strip.module.css';
import { type Overview, seen } from './overview';

interface NowStripProps {
  readonly clusters: readonly Overview[];
  /** Load time (milliseconds since the epoch). */
  readonly loadedAt: number;
}

/** All visible clusters in five figures: whether a person is needed, and what runs. */
export function NowStrip({ clusters, loadedAt }: NowStripProps) {
  const time = useNow();
  const now = nowOf(clusters.map((overview) => seen(overview, loadedAt, liveCluster(overview.id), time)));
  return (
    <section aria-label="Now">
      <dl className={classes['strip']}>
        <Figure
          label="Needs attention"
          value={number(now.attention, 0)}
          note={now.critical > 0 ? `${number(now.critical, 0)} critical` : 'none critical'}
          urgent={now.attention > 0}
        />
        <Figure label="Servers" value={number(now.servers, 0)} note={serversNote(now)} />
        <Figure label="Scaling" value={number(now.scaling, 0)} note="servers start or leave" />
        <Figure label="Held" value={number(now.held, 0)} note="at a count set by hand" />
        <Cost now={now} />
      </dl>
    </section>
  );
}

function serversNote({ allowed, unknown }: Now): string {
  const used = `of ${number(allowed, 0)} allowed`;
  return unknown === 0 ? used : `${used}, ${counted(unknown, 'cluster')} not known`;
}

function Cost({ now: { costs, withoutCost, count } }: { readonly now: Now }) {
  const sums = sumsOf(costs);
  const note =
    withoutCost === 0
      ? 'all clusters'
      : withoutCost === count
        ? 'no cost is stated'
        : `${counted(withoutCost, 'cluster')} left out: no known cost`;
  return (
    <Figure
      label="Cost an hour"
      value={
        sums.length === 0
          ? '–'
          : // Currencies are never added.
            sums.map((sum) => (
              <span key={sum.currency} className={classes['sum']}>
                {moneyWords(sum)}
              </span>
            ))
      }
      note={note}
    />
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly note: string;
  readonly urgent?: boolean;
}

function Figure({ label, value, note, urgent = false }: FigureProps) {
  return (
    <div className={classes['figure']} data-urgent={urgent || undefined}>
      <dt>{label}</dt>
      <dd className={classes['value']}>{value}</dd>
      <dd className={classes['note']}>{note}</dd>
    </div>
  );
}
