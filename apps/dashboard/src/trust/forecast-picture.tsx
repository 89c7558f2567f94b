import { Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import uPlot from 'uplot';
import { api, ask, type Schema } from '../api/client';
import type { Colors } from '../chart/colors';
import { axes, fromZero, line, simulatedPast } from '../chart/parts';
import { joined } from '../chart/series';
import { SimpleChart } from '../chart/simple-chart';
import type { Cluster } from '../cluster/queries';
import { simulatedUntil } from '../cluster/simulated';
import { Failure, Waiting } from '../layout/faces';
import classes from './forecast-picture.module.css';
import { aboveWords } from './words';

const POINTS = 600;
/** `NULL_EXPAND` of uPlot: a gap of one table is not closed by the times of the other. */
const EXPAND = 2 as uPlot.JoinNullMode;
const GAPS_STAY = [
  [EXPAND, EXPAND],
  [EXPAND, EXPAND, EXPAND],
];

interface ForecastPictureProps {
  readonly cluster: Cluster;
  readonly range: string;
  readonly scores: Schema['TrustBucketDto'];
  /** Length of a step of the model; `null`: not known. */
  readonly stepSeconds: number | null;
}

/** What was forecast for each time, and what came, with the share above the highest line in a sentence. */
export function ForecastPicture({ cluster, range, scores, stepSeconds }: ForecastPictureProps) {
  const { id: clusterId } = cluster;
  const until = simulatedUntil(cluster);
  const timeline = useQuery({
    queryKey: ['timeline', clusterId, 'trust', range],
    queryFn: async () =>
      ask(
        api.GET('/clusters/{id}/timeline', { params: { path: { id: clusterId }, query: { range, points: POINTS } } }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const loaded = timeline.data;
  const data = useMemo((): uPlot.AlignedData | null => {
    if (loaded === undefined) return null;
    const { observed: o, forecasts: f } = joined(loaded, [], [], until);
    return uPlot.join(
      [
        [o.x, o.demandMax],
        [f.x, f.p50, f.p99],
      ],
      GAPS_STAY,
    );
  }, [loaded, until]);
  const options = useCallback((colors: Colors) => pictureOptions(colors, until), [until]);
  return (
    <>
      <p className={classes['verdict']}>{aboveWords(scores, stepSeconds)}</p>
      <Text size="sm" c="dimmed">
        One in 100 is expected above that line, and half above the lower edge of the band.
      </Text>
      {data !== null ? (
        <SimpleChart
          label="What was forecast for each time, and the demand that came"
          data={data}
          options={options}
          height={280}
        />
      ) : timeline.isError ? (
        <Failure error={timeline.error} onRetry={() => void timeline.refetch()} />
      ) : (
        <Waiting failure={timeline.failureReason} />
      )}
    </>
  );
}

function pictureOptions(colors: Colors, until: number | null): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { x: { time: true }, y: { range: fromZero(() => null) } },
    axes: axes(colors, { times: true }),
    series: [
      { label: 'time' },
      line('demand that came (servers)', colors.demand, { width: 2 }),
      line('forecast: 50 % line', colors.provisioning, { width: 1 }),
      line('forecast: 99 % line', colors.forecast, { width: 1.25 }),
    ],
    bands: [{ series: [3, 2], fill: colors['forecast-soft'] }],
    plugins: [simulatedPast(colors, () => (until === null ? null : until / 1000))],
  };
}
