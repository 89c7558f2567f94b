import { Anchor, Drawer, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Failure, Waiting } from '../layout/faces';
import { behindOf, headlineOf, inOneLine } from '../layout/reason';
import { counted, moment, number, policyName } from '../layout/words';
import classes from './explanation.module.css';
import { outcomeVerb, outcomeWord } from './outcome';
import { type Cluster, clusterQueries, type Decision } from './queries';
import { hasNoShadows, type Shadow, shadowsOf, type Step } from './shadows';
import { Simulated } from './simulated';
import type { ScalingEvent } from './use-events';
import { isProposal, type Row, waterfall } from './waterfall';

interface ExplanationProps {
  readonly cluster: Cluster;
  /** `null`: closed. */
  readonly decisionId: string | null;
  /** The scaling event of this decision, if there is one in the visible range. */
  readonly event: ScalingEvent | null;
  readonly onClose: () => void;
}

const STAGES: Readonly<Record<string, string>> = {
  observe: 'Listed servers',
  reference: 'Missing or extra servers',
  forecast: 'Forecast',
  propose: 'Proposed',
  combine: 'Combined',
  stabilise: 'Stabilized',
  limit: 'Rate limit',
  cooldown: 'Cooldown',
  hold: 'Held by hand',
  bound: 'Bounds',
  mode: 'Mode',
  act: 'Acted',
};
const ACTIONS = { SCALE_UP: 'Scaled up', SCALE_DOWN: 'Scaled down' } as const;
const ADVICE = { SCALE_UP: 'Would scale up', SCALE_DOWN: 'Would scale down' } as const;
const SHADOWS: Readonly<Record<string, string>> = {
  hpa: 'Kubernetes HPA',
  aws: 'AWS target tracking',
  nomad: 'Nomad',
  azure: 'Azure autoscale',
  trailing: 'Trailing maximum',
  threshold: 'Thresholds',
  seasonal: 'Seasonal',
};

/** From the observation to the decided count, step by step, and what other autoscalers would have decided. */
export function Explanation({ cluster, decisionId, event, onClose }: ExplanationProps) {
  const decision = useQuery({
    ...clusterQueries.decision(cluster.id, decisionId ?? ''),
    enabled: decisionId !== null,
  });
  return (
    <Drawer.Root opened={decisionId !== null} onClose={onClose} position="right" size="xl">
      <Drawer.Overlay backgroundOpacity={0.3} />
      <Drawer.Content>
        <Drawer.Body>
          <div className={classes['head']}>
            <Drawer.Title className={classes['title'] ?? ''}>Why it decided so</Drawer.Title>
            <Drawer.CloseButton aria-label="Close" />
          </div>
          {decision.data !== undefined ? (
            <Explained cluster={cluster} decision={decision.data} event={event} />
          ) : decision.isError ? (
            <Failure error={decision.error} />
          ) : (
            <Waiting failure={decision.failureReason} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

type ExplainedProps = Pick<ExplanationProps, 'cluster' | 'event'> & { readonly decision: Decision };

function Explained({ cluster, decision, event }: ExplainedProps) {
  const failed = event?.outcome === 'failed' ? event : null;
  const steps = decision.steps ?? [];
  const shadows = shadowsOf(steps);
  // What is needed above the limit, unless the headline says so.
  const limit = steps.find(({ code }) => decision.unmet > 0 && code === 'cut_to_max' && code !== decision.code);
  const counts = [
    decision.current,
    decision.desired,
    ...steps.flatMap(({ before, after }) => [before ?? after, after]),
  ];
  const most = Math.max(1, ...counts, ...shadows.map(({ count }) => count), decision.theirs?.desired ?? 0) * 1.05;
  return (
    <div className={classes['explained']}>
      <div>
        <Text size="sm" c="dimmed">
          {failed === null && <span className={classes['action']}>{actionWords(decision)}</span>}
          {failed === null && ' · '}
          {moment(decision.timestamp)} · {policyName(decision.policy)}
          {decision.mode === 'recommend' && ' · only recommended'}
        </Text>
        <h3 className={classes['headline']} data-action={decision.action} data-failed={failed !== null || undefined}>
          {failed === null
            ? headlineOf(decision.reason)
            : `${outcomeVerb(failed)} ${decision.current} to ${decision.desired}: ${outcomeWord(failed)}`}
        </h3>
        <Simulated cluster={cluster} from={Date.parse(decision.timestamp)} />
        <Text>{failed === null ? behindOf(decision.reason) : inOneLine(decision.reason)}</Text>
        {failed !== null && failed.error !== null && <Text className={classes['unmet'] ?? ''}>{failed.error}</Text>}
        {limit !== undefined && (
          <Text size="sm" className={classes['unmet'] ?? ''}>
            {limit.reason}
          </Text>
        )}
      </div>
      <section aria-label="Steps">
        <h4 className={classes['heading']}>Step by step</h4>
        <ol className={classes['steps']}>
          {/* The other autoscalers have their own section below, where they can be compared. */}
          {waterfall(steps.filter(hasNoShadows)).map((row, index) => (
            <StepRow key={`${row.step.stage}-${row.step.code}-${index}`} row={row} most={most} />
          ))}
          <Bar label="Decided" from={0} to={decision.desired} most={most} kind="final" text="" />
        </ol>
      </section>
      <Others decision={decision} shadows={shadows} most={most} />
    </div>
  );
}

/** What was done, beside the headline: `Scaled up from 4 to 6`. */
function actionWords({ action, current, desired, mode }: Decision): string {
  if (action === 'MAINTAIN') return `Kept ${counted(desired, 'server')}`;
  const words = (mode === 'recommend' ? ADVICE : ACTIONS)[action];
  return `${words} from ${current} to ${desired}`;
}

interface OthersProps {
  readonly decision: Decision;
  readonly shadows: readonly Shadow[];
  readonly most: number;
}

/**
 * What another autoscaler of the same servers wanted, and counts of the baselines. Those are replayed only with a service level; other
 * policies are compared by a backtest.
 */
function Others({ decision, shadows, most }: OthersProps) {
  const { theirs } = decision;
  return (
    <section aria-label="What others would have done">
      <h4 className={classes['heading']}>What others would have done</h4>
      {theirs !== null && (
        <ol className={classes['steps']} data-apart>
          <Bar
            label={theirs.by}
            from={0}
            to={theirs.desired}
            most={most}
            kind="shadow"
            text="Recorded at this time: the count that it wanted for the same servers."
            change={theirs.desired - decision.desired}
          />
        </ol>
      )}
      {shadows.length === 0 ? (
        <Text size="sm" c="dimmed">
          Baselines are replayed beside a service level, and this decision rests on none. What they would have done over
          time, and at what cost, a{' '}
          <Anchor component={Link} size="sm" underline="always" to={`/clusters/${decision.cluster_id}/backtests`}>
            backtest
          </Anchor>{' '}
          tells.
        </Text>
      ) : (
        <>
          <Text size="sm" c="dimmed" mb={6}>
            Servers that each would have by now, at the settings that its makers suggest.
          </Text>
          <ol className={classes['steps']}>
            {shadows.map(({ name, count }) => (
              <Bar
                key={name}
                label={SHADOWS[name] ?? name}
                from={0}
                to={count}
                most={most}
                kind="shadow"
                text=""
                change={count - decision.desired}
              />
            ))}
            <Bar label="This cluster" from={0} to={decision.desired} most={most} kind="final" text="" />
          </ol>
        </>
      )}
    </section>
  );
}

function StepRow({ row: { step, bar }, most }: { readonly row: Row<Step>; readonly most: number }) {
  const label = `${STAGES[step.stage] ?? step.stage}${step.policy === undefined ? '' : `: ${policyName(step.policy)}`}`;
  const numbers = Object.entries(step.data ?? {});
  const { from, to } = bar ?? { from: null, to: step.after };
  return (
    <Bar
      label={bar === null && isProposal(step) ? `${label}, not followed` : label}
      from={from ?? 0}
      to={bar === null && !isProposal(step) ? null : to}
      most={most}
      kind={bar === null ? 'shadow' : from === null ? 'count' : to >= from ? 'more' : 'less'}
      text={step.reason}
      change={from === null ? null : to - from}
    >
      {numbers.length > 0 && (
        <details className={classes['details']}>
          <summary>Numbers</summary>
          <dl>
            {numbers.map(([key, value]) => (
              <div key={key}>
                <dt>{key.replaceAll('_', ' ')}</dt>
                <dd>{numberWords(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Bar>
  );
}

function numberWords(value: unknown): string {
  if (value === null) return 'unknown';
  if (typeof value === 'number') return number(value, 4);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface BarProps {
  readonly label: string;
  readonly from: number;
  /** `null`: the row has no count. */
  readonly to: number | null;
  readonly most: number;
  readonly kind: 'count' | 'more' | 'less' | 'final' | 'shadow';
  readonly text: string;
  readonly change?: number | null;
  readonly children?: ReactNode;
}

function Bar({ label, from, to, most, kind, text, change = null, children }: BarProps) {
  return (
    <li className={classes['step']} data-kind={kind}>
      <div className={classes['label']}>
        <span>{label}</span>
        {to !== null && (
          <span className={classes['count']}>
            {change !== null && change !== 0 && (
              <span className={classes['change']}>
                {change > 0 ? `+${number(change, 2)}` : `−${number(-change, 2)}`}
              </span>
            )}
            {number(to, 2)}
          </span>
        )}
      </div>
      {to !== null && <Track from={from} to={to} most={most} isChange={kind === 'more' || kind === 'less'} />}
      {text !== '' && <p className={classes['text']}>{text}</p>}
      {children}
    </li>
  );
}

type TrackProps = Pick<BarProps, 'from' | 'most'> & { readonly to: number; readonly isChange: boolean };

/** The unchanged part is faint, the difference is not: read downwards, the bars lead to the count. */
function Track({ from, to, most, isChange }: TrackProps) {
  const stays = isChange ? (100 * Math.min(from, to)) / most : 0;
  const width = (100 * Math.abs(to - from)) / most;
  return (
    <div className={classes['track']} aria-hidden="true">
      {stays > 0 && <span className={classes['stays']} style={{ width: `${stays}%` }} />}
      {width > 0 && <span className={classes['bar']} style={{ left: `${stays}%`, width: `max(3px, ${width}%)` }} />}
    </div>
  );
}
