import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { type Answer, MergedQueries } from '../../libs/providers/src/prometheus/merge/merged-queries.js';
import type { Point } from '../../libs/providers/src/prometheus/prometheus.client.js';
import { expandPreset, type PresetName } from '../../libs/providers/src/prometheus/prometheus.presets.js';
import { keyOf } from '../../libs/providers/test/promql.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/programs.js';
import { type ScrapedExporter, startScrapedExporter } from './support/prometheus.js';

const WORKLOADS = [
  { namespace: 'shop', workload: 'web' },
  { namespace: 'shop', workload: 'web-api' },
  { namespace: 'bank', workload: 'web' },
  { namespace: 'bank', workload: 'gone' },
];
const PODS = ['5d9c7b4f6-x2x7k', '5d9c7b4f6-abcde', '0'];

let scraped: ScrapedExporter;

beforeAll(async () => {
  const [port] = (await freePorts(1)) as [number];
  scraped = await startScrapedExporter(port, (_request, response) => response.end(metrics()));
});
afterAll(async () => scraped?.stop());

/** What the exporters of the presets expose. `gone` has no series, and the other workloads have other values each. */
function metrics(): string {
  const seconds = Date.now() / 1000;
  const lines: string[] = [];
  const put = (name: string, labels: object, value: number): void => {
    const text = Object.entries(labels).map(([label, own]) => `${label}="${String(own)}"`);
    lines.push(`${name}{${text.join(',')}} ${value}`);
  };
  for (const [index, { namespace, workload }] of WORKLOADS.slice(0, 3).entries()) {
    const weight = index + 1;
    for (const [at, end] of PODS.entries()) {
      const pod = `${workload}-${end}`;
      const of = { namespace, pod, container: 'app' };
      put('container_cpu_usage_seconds_total', of, seconds * weight * (at + 1));
      put('container_memory_working_set_bytes', of, 100 * weight + at);
      put('kube_pod_container_resource_requests', { ...of, resource: 'cpu' }, weight);
      put('kube_pod_container_resource_limits', { ...of, resource: 'memory' }, 1000 + at);
      for (const reporter of ['source', 'destination'])
        put(
          'istio_requests_total',
          {
            reporter,
            pod,
            response_code: at === 0 ? 503 : 200,
            destination_workload: workload,
            destination_workload_namespace: namespace,
          },
          Math.floor(seconds * weight),
        );
      put('vllm:num_requests_running', { model_name: workload, pod, namespace }, weight + at);
      put('vllm:num_requests_waiting', { model_name: workload, pod, namespace }, at);
      put('vllm:request_success_total', { model_name: workload, pod, namespace }, seconds * weight);
      const instance = `${namespace}-${pod}`;
      put('node_cpu_seconds_total', { job: workload, instance, mode: 'idle' }, seconds * 0.2 * weight);
      put('node_memory_MemAvailable_bytes', { job: workload, instance }, 10 * weight + at);
      put('node_memory_MemTotal_bytes', { job: workload, instance }, 100);
    }
    put(
      'nginx_ingress_controller_requests',
      { exported_namespace: namespace, ingress: workload, status: 200 },
      Math.floor(seconds * weight),
    );
    put('celery_queue_length', { queue_name: workload, namespace }, weight);
  }
  put(
    'nginx_ingress_controller_requests',
    { exported_namespace: 'shop', ingress: 'web', status: 502 },
    Math.floor(seconds),
  );
  put('celery_worker_tasks_active', { hostname: 'w1' }, 5);
  return `${lines.join('\n')}\n`;
}

/** Results of a real Prometheus at one time, and the queries that it was asked. */
function asker(time: number): { readonly asked: string[]; readonly ask: (query: string) => Promise<Answer> } {
  const asked: string[] = [];
  const ask = async (query: string): Promise<readonly Point[]> => {
    asked.push(query);
    const answer = await fetch(`${scraped.url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query, time: String(time) }),
    });
    const { data, error } = (await answer.json()) as {
      error?: string;
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (data === undefined) throw new Error(`${query}: ${error}`);
    return data.result.map(({ metric, value: [at, value] }) => ({ labels: metric, at, value: Number(value) }));
  };
  return { asked, ask };
}

function sorted(answer: Answer | undefined): readonly (readonly [string, number])[] {
  return (answer as readonly Point[])
    .map(({ labels, value }) => [keyOf(labels), value] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

describe('merged queries at a real Prometheus', () => {
  it.each<[PresetName, (of: (typeof WORKLOADS)[number]) => Record<string, string>]>([
    ['kubernetes-cadvisor', (of) => of],
    ['node-exporter', ({ workload }) => ({ job: workload })],
    ['nginx-ingress', ({ namespace, workload }) => ({ namespace, ingress: workload })],
    ['istio', (of) => of],
    ['vllm', ({ workload }) => ({ model: workload })],
    ['celery-queue', ({ workload }) => ({ queue: workload })],
  ])('return what they return apart: %s', async (preset, variablesOf) => {
    const each = WORKLOADS.map((of) => expandPreset({ preset, variables: variablesOf(of) }).queries ?? {});
    const queries = new Set(each.flatMap((own) => Object.values(own) as string[]));
    const time = await eventually('there are values of rates', async () => {
      const now = Date.now() / 1000 - 1;
      const { ask } = asker(now);
      return ((await ask('rate(istio_requests_total[2m])')) as readonly Point[]).length > 0 ? now : undefined;
    });
    const [merged, apart] = [asker(time), asker(time)];
    const answers = await new MergedQueries(parser, merged.ask, Date).answers(queries, {
      signal: new AbortController().signal,
    });
    expect(merged.asked).toHaveLength(Object.keys(each[0] ?? {}).length);
    let values = 0;
    for (const query of queries) {
      const [own, expected] = [sorted(answers.get(query)), sorted(await apart.ask(query))];
      values += expected.length;
      expect([query, own.map(([labels]) => labels)]).toEqual([query, expected.map(([labels]) => labels)]);
      for (const [index, [, value]] of own.entries()) expect(value).toBeCloseTo(expected[index]?.[1] ?? Number.NaN, 6);
    }
    expect(values).toBeGreaterThanOrEqual(2);
  });
});
