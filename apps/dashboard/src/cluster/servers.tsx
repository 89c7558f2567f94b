import { Text, Title, Tooltip } from '@mantine/core';
import { counted, number } from '../layout/words';
import { useLiveCluster } from '../live/live-store';
import classes from './servers.module.css';

const STATES = {
  PROVISIONING: 'starting',
  ACTIVE: 'active',
  DRAINING: 'leaving',
  TERMINATED: 'ended',
} as const;

/** More would be a carpet, not a picture. */
const MOST = 400;

/** Every server, as its last sample saw it. */
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
            const words = `${server_id}, ${STATES[how]}${
              sample === undefined
                ? ''
                : `: CPU ${measured(sample.cpu_usage, ' %')}, memory ${measured(sample.memory_usage, ' %')}, ${measured(sample.request_load, '')} requests per second`
            }`;
            return (
              <li key={server_id}>
                <Tooltip label={words}>
                  <span className={classes['server']} data-state={how} data-high={(cpu ?? 0) > 90 || undefined}>
                    <span
                      className={classes['fill']}
                      style={{ height: `${Math.min(100, cpu ?? 0)}%` }}
                      aria-hidden="true"
                    />
                    <span className={classes['cpu']} aria-hidden="true">
                      {cpu === null ? '·' : number(cpu, 0)}
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

function measured(value: number | null, unit: string): string {
  return value === null ? 'unknown' : `${number(value, 0)}${unit}`;
}
