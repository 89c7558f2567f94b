import { ProviderError } from '../sdk/index.js';
import type { PrometheusMetrics, PrometheusQueries } from './prometheus.fields.js';

export const PRESET_NAMES = [
  'kubernetes-cadvisor',
  'node-exporter',
  'nginx-ingress',
  'istio',
  'vllm',
  'celery-queue',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

type Variables = Readonly<Record<string, string>>;
interface Expanded {
  readonly queries: PrometheusQueries;
  readonly server_label?: string;
  readonly max_cpu?: number;
}

interface Preset {
  /** Names and defaults of its variables; `null`: must be given. */
  readonly variables: Readonly<Record<string, string | null>>;
  expand(variables: Variables): Expanded;
}

/** Two minutes: four scrapes at the usual 30 s. */
const WINDOW = '2m';
/** CPU of a pod over its request, percent, that may be true. */
const MOST_OF_REQUEST = 2000;

const PRESETS: Readonly<Record<PresetName, Preset>> = {
  // With kube-state-metrics for requests and limits.
  'kubernetes-cadvisor': {
    variables: { namespace: null, workload: null },
    expand({ namespace = '', workload = '' }) {
      // Of a Deployment (web-5d9c7b4f6-x2x7k), or of a StatefulSet (web-0).
      const pods = `namespace=${quoted(namespace)},pod=~${quoted(`${literal(workload)}-([a-z0-9]{1,10}-)?[a-z0-9]{1,5}`)}`;
      // Once for each container, though several kube-state-metrics be scraped.
      const perPod = (kind: string, resource: string): string =>
        `sum by (pod) (max by (namespace, pod, container) (kube_pod_container_resource_${kind}{${pods},resource="${resource}"}))`;
      const used = `${pods},container!="",container!="POD"`;
      return {
        queries: {
          cpu:
            `100 * sum by (pod) (rate(container_cpu_usage_seconds_total{${used}}[${WINDOW}]))` +
            ` / ${perPod('requests', 'cpu')}`,
          memory: `100 * sum by (pod) (container_memory_working_set_bytes{${used}}) / ${perPod('limits', 'memory')}`,
        },
        server_label: 'pod',
        max_cpu: MOST_OF_REQUEST,
      };
    },
  },
  'node-exporter': {
    variables: { job: 'node' },
    expand({ job = '' }) {
      const of = `job=${quoted(job)}`;
      return {
        queries: {
          cpu: `100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{${of},mode="idle"}[${WINDOW}])))`,
          memory: `100 * (1 - node_memory_MemAvailable_bytes{${of}} / node_memory_MemTotal_bytes{${of}})`,
        },
        server_label: 'instance',
      };
    },
  },
  'nginx-ingress': {
    variables: { namespace: null, ingress: null },
    expand({ namespace = '', ingress = '' }) {
      const of = `exported_namespace=${quoted(namespace)},ingress=${quoted(ingress)}`;
      const rate = (more: string): string => `sum(rate(nginx_ingress_controller_requests{${of}${more}}[${WINDOW}]))`;
      // No series of 5xx is none of them, as long as there are series at all.
      return { queries: { requests: rate(''), bad: `${rate(',status=~"5.."')} or 0 * ${rate('')}` } };
    },
  },
  istio: {
    variables: { namespace: null, workload: null },
    expand({ namespace = '', workload = '' }) {
      const of = `destination_workload_namespace=${quoted(namespace)},destination_workload=${quoted(workload)}`;
      const rate = (reporter: string, more = ''): string =>
        `rate(istio_requests_total{reporter="${reporter}",${of}${more}}[${WINDOW}])`;
      // Clients report also what no server took.
      return {
        queries: {
          request_rate: `sum by (pod) (${rate('destination')})`,
          requests: `sum(${rate('source')})`,
          bad: `sum(${rate('source', ',response_code=~"0|5.."')}) or 0 * sum(${rate('source')})`,
        },
        server_label: 'pod',
      };
    },
  },
  vllm: {
    variables: { model: null },
    expand({ model = '' }) {
      const of = `{model_name=${quoted(model)}}`;
      return {
        queries: {
          request_rate: `sum by (pod) (rate(vllm:request_success_total${of}[${WINDOW}]))`,
          demand: `sum(vllm:num_requests_running${of}) + sum(vllm:num_requests_waiting${of})`,
        },
        server_label: 'pod',
      };
    },
  },
  // Of the exporter that names queues with the label queue_name.
  'celery-queue': {
    variables: { queue: null, workers: '.+' },
    expand({ queue = '', workers = '' }) {
      const waiting = `sum(celery_queue_length{queue_name=${quoted(queue)}})`;
      // Workers that are too busy to answer have no series: that must not count as nothing to do.
      const active = `sum(celery_worker_tasks_active{hostname=~${quoted(workers)}})`;
      return { queries: { demand: `${waiting} + ${active}` } };
    },
  },
};

/**
 * Replaces a preset by its queries; those that are given win. Metrics without a preset stay as they are.
 *
 * @throws ProviderError `invalid` if variables are missing or unknown, or if there is no query
 */
export function expandPreset({ preset, variables = {}, ...given }: PrometheusMetrics): PrometheusMetrics {
  if (preset === undefined && Object.keys(variables).length > 0) throw invalid('variables need a preset');
  const expanded: Expanded =
    preset === undefined ? { queries: {} } : PRESETS[preset].expand(valuesOf(preset, variables));
  const queries = { ...expanded.queries, ...given.queries };
  if (Object.values(queries).every((query) => query === undefined)) throw invalid('queries or a preset must be given');
  if (given.capacity !== undefined && queries.demand === undefined) throw invalid('capacity needs a query demand');
  return { ...expanded, ...given, queries };
}

function valuesOf(preset: PresetName, given: Variables): Variables {
  const known = PRESETS[preset].variables;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined)
    throw invalid(`variables of ${preset} are ${Object.keys(known).join(' and ')}, not ${unknown}`);
  return Object.fromEntries(
    Object.entries(known).map(([name, fallback]) => {
      const value = given[name] ?? fallback;
      if (value === null) throw invalid(`variables must give ${name}, which ${preset} needs`);
      return [name, value];
    }),
  );
}

function invalid(message: string): ProviderError {
  return new ProviderError('invalid', message);
}

/** A string literal of PromQL. */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** A regular expression that matches the text alone. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
