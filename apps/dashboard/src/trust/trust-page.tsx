import { Alert, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type uPlot from 'uplot';
import { AlertList } from '../alerts/alert-list';
import { api, ask, type Schema } from '../api/client';
import type { Colors } from '../chart/colors';
import { axes, levels, line } from '../chart/parts';
import { SimpleChart } from '../chart/simple-chart';
import { useCluster } from '../cluster/cluster-page';
import { type Cluster, clusterQueries, type ServiceLevel } from '../cluster/queries';
import { Simulated } from '../cluster/simulated';
import { Face, Failure, Waiting } from '../layout/faces';
import { Part } from '../layout/part';
import { Section } from '../layout/section';
import { duration, durationMs, inPercent, lasted } from '../layout/words';
import { useNow } from '../live/use-now';
import { ForecastPicture } from './forecast-picture';
import { HorizonScores } from './horizon-scores';
import { LeadTimes } from './lead-times';
import { MeasuredShare } from './measured-share';
import classes from './trust-page.module.css';

type Horizon = Schema['TrustHorizonDto'];

/** A line with a single point would be invisible. */
const POINTS = { points: { show: true, size: 7 } } as const;
/** Shares of fewer forecasts are mostly chance, so no chart is drawn. */
const ENOUGH = 10;
const RANGES = ['1h', '6h', '1d', '7d', '30d'];
const LONGEST_YOUNG = '6h';
/** Initial range of a young cluster; others show a day. */
const YOUNG = ['1h', LONGEST_YOUNG];
const STATES: Readonly<Record<ServiceLevel['model']['state'], string>> = {
  none: 'Nothing is forecast',
  learning: 'Learning',
  trusted: 'Trusted',
  demoted: 'Demoted',
};

/** How far the forecasts of a cluster can be trusted. */
export function TrustPage() {
  const cluster = useCluster();
  const [range, setRange] = useState(() => rangeFor(cluster, Date.now()));
  const [horizon, setHorizon] = useState(0);
  const trust = useQuery({
    queryKey: ['trust', cluster.id, range],
    queryFn: async () =>
      ask(api.GET('/clusters/{id}/trust', { params: { path: { id: cluster.id }, query: { range } } })),
    refetchInterval: 60_000,
  });
  const level = useQuery(clusterQueries.serviceLevel(cluster.id));
  const alerts = useQuery(clusterQueries.alerts(cluster.id));
  const demotions = (alerts.data?.alerts ?? []).filter(({ code }) => code === 'forecast_demoted');
  const { horizons = [], measured = null } = trust.data ?? {};
  const shown = horizons[Math.min(horizon, horizons.length - 1)];
  return (
    <div className={classes['page']}>
      <Section
        title="Forecasts against what came true"
        aside={<SegmentedControl aria-label="Range" size="xs" data={RANGES} value={range} onChange={setRange} />}
      >
        {() =>
          trust.isPending ? (
            <Waiting failure={trust.failureReason} />
          ) : trust.data === undefined ? (
            <Failure error={trust.error} onRetry={() => void trust.refetch()} />
          ) : shown === undefined ? (
            <Face title="No forecast has come true in this time">
              {cluster.policy.slo === undefined
                ? 'Only a service level forecasts. Try one beside the acting policy, on the page Policy.'
                : 'The first forecasts are judged when the time that they were made for is over.'}
            </Face>
          ) : (
            <>
              <ForecastPicture
                cluster={cluster}
                range={range}
                scores={largest(horizons).total}
                stepSeconds={level.data?.model.step_seconds ?? null}
              />
              <Simulated cluster={cluster} from={Date.parse(trust.data.from)} />
              <Text mt="sm">{trust.data.summary}</Text>
              {shown.total.settled >= ENOUGH && (
                <details className={classes['details']}>
                  <summary>Details</summary>
                  {horizons.length > 1 && (
                    <SegmentedControl
                      aria-label="Horizon"
                      size="xs"
                      mt="sm"
                      data={horizons.map(({ horizon_ms: ms }, index) => ({
                        value: String(index),
                        label: `${duration(ms)} ahead`,
                      }))}
                      value={String(horizon)}
                      onChange={(value) => setHorizon(Number(value))}
                    />
                  )}
                  <Coverage horizon={shown} trust={trust.data} />
                  <Errors horizon={shown} trust={trust.data} />
                </details>
              )}
            </>
          )
        }
      </Section>
      {measured !== null && (
        <MeasuredShare cluster={cluster} range={range} measured={measured} level={level.data ?? null} />
      )}
      {demotions.length > 0 && (
        <Section title="Demotions since the service started">
          <AlertList label="Demotions" alerts={demotions} />
        </Section>
      )}
      <div className={classes['columns']}>
        <Part name="Model">
          <ModelState cluster={cluster} level={level.data ?? null} />
        </Part>
        <Section title="How long a server takes">
          {() =>
            level.data === undefined ? (
              <Waiting failure={level.failureReason} />
            ) : (
              <LeadTimes lead={level.data.lead_time} />
            )
          }
        </Section>
      </div>
    </div>
  );
}

/** The horizon of most forecasts, which the summary is about, too. */
function largest(horizons: readonly Horizon[]): Horizon {
  return horizons.reduce((most, one) => (one.total.settled > most.total.settled ? one : most));
}

function rangeFor({ created_at: created, simulated_until: until }: Cluster, now: number): string {
  const young = YOUNG.find((range) => now - Date.parse(created) < durationMs(range));
  // A simulated past fills the longest of them.
  return young === undefined ? '1d' : until === null ? young : LONGEST_YOUNG;
}

function ModelState({ cluster, level }: { readonly cluster: Cluster; readonly level: ServiceLevel | null }) {
  const now = useNow();
  if (level === null) return <Section title="Model">…</Section>;
  const { model, trust } = level;
  return (
    <Section title="Model">
      <p className={classes['state']} data-state={model.state}>
        {STATES[model.state]}
        {model.since !== null && <span className={classes['since']}> for {lasted(now - Date.parse(model.since))}</span>}
      </p>
      <Text size="sm">{model.summary}</Text>
      {model.since !== null && <Simulated cluster={cluster} from={Date.parse(model.since)} />}
      {trust?.demoted === true && (
        <Alert color="yellow" variant="light" mt="sm">
          The forecast is not believed now: the reactive rules decide until its coverage is back.
        </Alert>
      )}
      {/*
       * During learning these are mostly prior values, which say nothing about this cluster. State of an older version
       * has none by horizon, until the next tick.
       */}
      {trust !== null && trust.horizons.length > 0 && model.state !== 'learning' && (
        <details className={classes['details']}>
          <summary>Details</summary>
          <h3 className={classes['heading']}>
            Scores by horizon over about a day; loss (less is better) and bias in servers
          </h3>
          <HorizonScores trust={trust} />
        </details>
      )}
    </Section>
  );
}

function timesOf({ buckets }: Horizon): number[] {
  return buckets.map(({ timestamp }) => Date.parse(timestamp) / 1000);
}

interface OverTimeProps {
  readonly horizon: Horizon;
  readonly trust: Schema['TrustDto'];
}

/** The whole requested range, even if forecasts cover little of it. */
function timeScale({ from, to }: Schema['TrustDto']): uPlot.Scale {
  return { time: true, range: [Date.parse(from) / 1000, Date.parse(to) / 1000] };
}

function Coverage({ horizon, trust }: OverTimeProps) {
  const data = useMemo(
    (): uPlot.AlignedData => [
      timesOf(horizon),
      ...['0.5', '0.9', '0.99'].map((quantile) =>
        horizon.buckets.map(({ coverage }) => (coverage[quantile] === undefined ? null : 100 * coverage[quantile])),
      ),
    ],
    [horizon],
  );
  const options = useCallback((colors: Colors) => coverageOptions(colors, trust), [trust]);
  return (
    <>
      <h3 className={classes['heading']}>
        Coverage: what share stayed below each quantile, against what was said (dashed)
      </h3>
      <SimpleChart label="Coverage of the 50, 90 and 99 percent quantiles over time" data={data} options={options} />
    </>
  );
}

function coverageOptions(colors: Colors, trust: Schema['TrustDto']): Omit<uPlot.Options, 'width' | 'height'> {
  const least = 100 * trust.demoted_below;
  const said = [
    ...[50, 90, 99].map((value) => ({ value, color: colors.axis, dashed: true, label: '' })),
    {
      value: least,
      color: colors.limit,
      dashed: true,
      label: `demoted where 90 % covers less than ${inPercent(least, 1)}`,
    },
  ];
  return {
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { x: timeScale(trust), y: { range: () => [0, 103] } },
    axes: axes(colors, { times: true, unit: '%' }),
    series: [
      { label: 'time' },
      line('50 %', colors.provisioning, POINTS),
      line('90 %', colors.forecast, POINTS),
      line('99 %', colors.demand, POINTS),
    ],
    plugins: [levels(colors, () => said)],
  };
}

function Errors({ horizon, trust }: OverTimeProps) {
  const data = useMemo(
    (): uPlot.AlignedData => [
      timesOf(horizon),
      horizon.buckets.map(({ pinball }) => pinball['0.5'] ?? null),
      horizon.buckets.map(({ pinball }) => pinball['0.9'] ?? null),
      horizon.buckets.map(({ bias }) => bias),
    ],
    [horizon],
  );
  const options = useCallback((colors: Colors) => errorOptions(colors, timeScale(trust)), [trust]);
  return (
    <>
      <h3 className={classes['heading']}>Error, in servers: pinball loss (less is better) and bias</h3>
      <SimpleChart label="Pinball loss and bias over time, in servers" data={data} options={options} height={180} />
    </>
  );
}

function errorOptions(colors: Colors, x: uPlot.Scale): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { x },
    axes: axes(colors, { times: true }),
    series: [
      { label: 'time' },
      line('loss at 50 %', colors.provisioning, POINTS),
      line('loss at 90 %', colors.forecast, POINTS),
      line('bias', colors.demand, { ...POINTS, dash: [4, 3] }),
    ],
  };
}
