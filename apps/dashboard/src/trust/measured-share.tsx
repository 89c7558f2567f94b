import { Text } from '@mantine/core';
import type { Schema } from '../api/client';
import { promiseOf } from '../cluster/promise';
import type { Cluster, ServiceLevel } from '../cluster/queries';
import { Section } from '../layout/section';
import { useProviders } from '../provider/queries';
import { countedWords, measuredWords } from './measured-words';

interface MeasuredShareProps {
  readonly cluster: Cluster;
  readonly range: string;
  readonly measured: NonNullable<Schema['TrustDto']['measured']>;
  /** `null`: not known yet. */
  readonly level: ServiceLevel | null;
}

/** The promise as the source of the metrics measures it, beside the promise as the engine counts it. */
export function MeasuredShare({ cluster, range, measured, level }: MeasuredShareProps) {
  const source = useSource(cluster);
  const promise = promiseOf(cluster);
  const budget = level?.budget ?? null;
  return (
    <Section
      title="Slow or failed requests"
      aside={
        <Text size="xs" c="dimmed">
          last {range}
        </Text>
      }
    >
      <Text>{measuredWords(measured, source)}</Text>
      {promise !== null && budget !== null && <Text mt={4}>{countedWords(promise, budget)}</Text>}
      <Text size="sm" c="dimmed" mt={4}>
        Decisions do not use the measured share: more servers do not help against every error.
      </Text>
    </Section>
  );
}

/** Where the metrics of a cluster come from, by name. */
function useSource({ provider }: Cluster): string {
  const providers = useProviders();
  const type = 'metrics' in provider ? provider.metrics.type : provider.type;
  return providers.data?.providers.find((one) => one.type === type)?.title ?? type;
}
