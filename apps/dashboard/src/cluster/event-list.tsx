import { Button, Text, Title } from '@mantine/core';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { stepOf } from '../layout/arrow-keys';
import { headlineOf } from '../layout/reason';
import { ago, counted, moment, policyName } from '../layout/words';
import { useNow } from '../live/use-now';
import classes from './event-list.module.css';
import { collapsed, outcomeSymbol, outcomeVerb, outcomeWord } from './outcome';
import { SimulatedBadge } from './simulated';
import type { ScalingEvent } from './use-events';

interface EventListProps {
  readonly events: readonly ScalingEvent[];
  readonly more: boolean;
  readonly onExplain: (decisionId: string) => void;
}

const AT_FIRST = 12;

/** The scaling events of the visible range, newest first; each opens its explanation. Repeated failures are one row. */
export function EventList({ events, more, onExplain }: EventListProps) {
  const now = useNow();
  const [all, setAll] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const rows = useMemo(() => collapsed(events), [events]);
  const shown = all ? rows : rows.slice(0, AT_FIRST);
  function walk(event: KeyboardEvent, index: number): void {
    const next = stepOf(event.key, index, shown.length);
    if (next === null) return;
    event.preventDefault();
    list.current?.querySelectorAll('button')[next]?.focus();
  }
  return (
    <section className={classes['card']} aria-label="Scaling events">
      <div className={classes['head']}>
        <Title order={2} size="h5">
          Scaling events
        </Title>
        <Text size="sm" c="dimmed">
          {more ? `the newest ${events.length}` : counted(events.length, 'event')} in this time
        </Text>
      </div>
      {events.length === 0 ? (
        <Text size="sm" c="dimmed" py="sm">
          The count was not changed in this time.
        </Text>
      ) : (
        <ol ref={list} className={classes['list']}>
          {shown.map(({ newest: event, count, since }, index) => (
            <li key={event.id}>
              <button
                type="button"
                className={classes['event']}
                data-outcome={event.outcome}
                onClick={() => onExplain(event.id)}
                onKeyDown={(pressed) => walk(pressed, index)}
              >
                <span className={classes['arrow']} data-action={event.action} aria-hidden="true">
                  {outcomeSymbol(event)}
                </span>
                <span className={classes['count']}>
                  <span className="visually-hidden">{outcomeVerb(event)} </span>
                  {event.servers_before} → {event.desired}
                </span>
                <span className={classes['reason']} title={[event.reason, event.error ?? ''].join(' ').trim()}>
                  {headlineOf(event.reason)}
                  {event.error !== null && <span className={classes['error']}> {event.error}</span>}
                </span>
                <span className={classes['outcome']}>
                  {event.simulated && <SimulatedBadge />}
                  {outcomeWord(event)}
                  {event.outcome === 'partial' && event.servers_after !== null && `: ${event.servers_after} servers`}
                  {count > 1 && ` ${count} × since ${moment(since, now)}`}
                </span>
                <span className={classes['policy']}>{policyName(event.policy)}</span>
                <time className={classes['time']} dateTime={event.timestamp} title={ago(event.timestamp, now)}>
                  {moment(event.timestamp, now)}
                </time>
              </button>
            </li>
          ))}
        </ol>
      )}
      {rows.length > AT_FIRST && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${rows.length}`}
        </Button>
      )}
    </section>
  );
}
