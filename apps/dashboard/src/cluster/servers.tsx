import { Text, Title, Tooltip } from '@mantine/core';
import { counted, inPercent, number } from '../layout/words';
import type { LiveMetrics } from '../live/events';
import { useLiveCluster } from '../live/live-store';
import classes from './servers.module.css';

const STATES = {
  PROVISIONING: 'starting',
  ACTIVE: 'active',
  DRAINING: 'leaving',
  TERMINATED: 'ended',
} as const;

/** More would not be readable. */
const MOST = 400;

/** All servers with their last sample. */
export function Servers({ clusterId }: { readonly clusterId: string }) {
  const { state, metrics } = useLiveCluster(clusterId);
  const samples = new Map((metrics?.servers ?? []).map((sample) => [sample.server_id, sample]));
  const known =
    state?.servers ?? (metrics?.servers ?? []).map(({ server_id }) => ({ server_id, state: 'ACTIVE' as const }));
  const servers = known.filter((server) => server.state !== 'TERMINATED');
  return (
    <section className={classes['card']} aria-label="Servers">
      <div className={classes['head']}>
        <Title order={2} size="h5">
          Servers
        </Title>
        <Text size="sm" c="dimmed">
          {counted(servers.length, 'server')}, CPU of each
        </Text>
      </div>
      {servers.length === 0 ? (
        <Text size="sm" c="dimmed" py="sm">
          Nothing was heard of its servers yet.
        </Text>
      ) : (
        <ul className={classes['grid']}>
          {servers.slice(0, MOST).map(({ server_id, state: how }) => {
            const sample = samples.get(server_id);
            const cpu = sample?.cpu_usage ?? null;
            const words = `${server_id}, ${STATES[how]}${sample === undefined ? '' : `: ${sampleWords(sample)}`}`;
            return (
              <li key={server_id}>
                <Tooltip label={words}>
                  <span className={classes['server']} data-state={how} data-high={(cpu ?? 0) > 90 || undefined}>
                    {cpu !== null && (
                      <span
                        className={classes['fill']}
                        style={{ height: `${Math.min(100, cpu)}%` }}
                        aria-hidden="true"
                      />
                    )}
                    <span className={classes['cpu']} aria-hidden="true">
                      {cpu === null ? (how === 'ACTIVE' ? '?' : '·') : number(cpu, 0)}
                    </span>
                    <span className="visually-hidden">{words}</span>
                  </span>
                </Tooltip>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

type Sample = NonNullable<LiveMetrics['servers']>[number];

/** Text of a sample; a missing field is unknown, not 0. */
function sampleWords({ cpu_usage: cpu, memory_usage: memory, request_load: requests }: Sample): string {
  return [
    `CPU ${cpu === null ? 'unknown' : inPercent(cpu)}`,
    `memory ${memory === null ? 'unknown' : inPercent(memory)}`,
    requests === null ? 'requests unknown' : `${number(requests, 0)} requests per second`,
  ].join(', ');
}
