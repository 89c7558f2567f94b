import { type KeyboardEvent, memo } from 'react';
import { Link } from 'react-router';
import { alertWords } from '../alerts/words';
import { outcomeSymbol, outcomeVerb, outcomeWord } from '../cluster/outcome';
import { ago, inPercent, number, percent, policyName } from '../layout/words';
import { useLiveCluster } from '../live/live-store';
import { useNow } from '../live/use-now';
import classes from './cluster-row.module.css';
import { CONDITION_WORDS, type Overview, PROMISE_WORDS, promiseState, seen } from './overview';
import { CUT } from './row-details';
import { ServerBar } from './server-bar';
import { Sparkline } from './sparkline';

interface ClusterRowProps {
  readonly overview: Overview;
  /** Load time (milliseconds since the epoch). */
  readonly loadedAt: number;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly showOwner: boolean;
  readonly onKey: (index: number, event: KeyboardEvent) => void;
}

export const ClusterRow = memo(function ClusterRow(props: ClusterRowProps) {
  const { overview, loadedAt, index, top, height, showOwner, onKey } = props;
  const heard = useLiveCluster(overview.id);
  const now = useNow();
  const cluster = seen(overview, loadedAt, heard, now);
  const { condition, activity, state, scaling } = cluster;
  // Only rows that were loaded with a problem have room for one; the list is reloaded soon after an alert.
  const wrong = overview.state.level !== 'ok' && state.level !== 'ok' ? state : null;
  const promise = promiseState(overview);
  const about = [
    ...(showOwner ? [overview.owner] : []),
    overview.policies.map(policyName).join(' + '),
    ...(overview.mode === 'recommend' ? ['only recommends'] : []),
    ...(overview.simulated_until === null ? [] : ['simulated past']),
    ...(condition !== activity && (activity === 'paused' || activity === 'held')
      ? [CONDITION_WORDS[activity].toLowerCase()]
      : []),
  ].join(' · ');
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes['row']}
      data-wrong={overview.state.level !== 'ok' || undefined}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <div role="cell" className={classes['state']} data-condition={condition}>
        <span className={classes['dot']} aria-hidden="true" />
        <span>{CONDITION_WORDS[condition]}</span>
        {wrong !== null && (
          <span className={classes['wrong']} {...CUT}>
            <strong>{alertWords(wrong.code ?? '')}</strong> {wrong.message}
          </span>
        )}
      </div>
      <div role="cell" className={classes['cluster']}>
        <Link
          to={`/clusters/${overview.id}`}
          className={classes['name'] ?? ''}
          {...CUT}
          onKeyDown={(event) => onKey(index, event)}
        >
          {overview.name}
        </Link>
        <span className={classes['note']} {...CUT}>
          {about}
        </span>
      </div>
      <div role="cell" className={classes['servers']}>
        <span className={classes['value']}>
          {number(cluster.active, 0)}
          {cluster.provisioning > 0 && <span className={classes['starting']}> +{cluster.provisioning}</span>}
          {cluster.draining > 0 && <span className={classes['leaving']}> −{cluster.draining}</span>}
        </span>
        <span className={classes['note']}>
          {cluster.min} to {cluster.max}
        </span>
        <ServerBar cluster={cluster} />
      </div>
      <div role="cell" className={classes['demand']}>
        <Sparkline recent={overview.recent_demand} now={cluster.demand} capacity={cluster.active} />
        <span className={classes['value']}>{number(cluster.demand)}</span>
      </div>
      <div role="cell" className={classes['load']} data-high={(cluster.cpu ?? 0) > 85 || undefined}>
        <span className={classes['value']}>{inPercent(cluster.cpu)}</span>
        <span className={classes['meter']} aria-hidden="true">
          <span style={{ width: `${Math.min(100, cluster.cpu ?? 0)}%` }} />
        </span>
      </div>
      <div role="cell" className={classes['promise']} data-promise={promise}>
        {promise === 'none' ? (
          <span className={classes['note']}>No promise</span>
        ) : (
          <>
            <span className={classes['value']}>{PROMISE_WORDS[promise]}</span>
            <span className={classes['note']}>
              {overview.budget === null ? (
                'still learning'
              ) : overview.budget.left < 0 ? (
                'budget overspent'
              ) : (
                <>
                  {percent(overview.budget.left, 0)}
                  <span className={classes['wide']}> of budget</span> left
                </>
              )}
            </span>
          </>
        )}
      </div>
      <div role="cell" className={classes['change']}>
        {scaling === null ? (
          <span className={classes['note']}>Not scaled yet</span>
        ) : (
          <>
            <span className={classes['value']}>
              <span className={classes['scaled']} data-action={scaling.action} data-outcome={scaling.outcome}>
                <span className={classes['arrow']} aria-hidden="true">
                  {outcomeSymbol(scaling)}
                </span>
                <span className="visually-hidden">{outcomeVerb(scaling)} </span>
                {scaling.servers_before} → {scaling.desired}
                {(scaling.outcome === 'failed' || scaling.outcome === 'partial') && ` ${outcomeWord(scaling)}`}
              </span>
              <span className={classes['when']}>{ago(scaling.timestamp, now)}</span>
            </span>
            <span className={classes['note']} {...CUT}>
              {scaling.reason}
            </span>
          </>
        )}
      </div>
    </div>
  );
});
