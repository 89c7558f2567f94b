import { MAX_SERVERS, MIN_SERVERS } from './replay.js';

const AUTHENTICATION = 'autoscaler';
const SECRET = 'autoscaler-keda';
const HOUR_MS = 3_600_000;
const CALLS = /^autoscaler_keda_calls_total\{([^}]*)\} (\d+)/gm;

type Json = Readonly<Record<string, unknown>>;

/** The service as KEDA reaches it: with mutual TLS. The texts are PEM. */
export interface ExternalScaler {
  /** Host and port. */
  readonly address: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The HPA that KEDA makes of the ScaledObject of a Deployment. */
export function kedaHpaOf(app: string): string {
  return `keda-hpa-${app}`;
}

/**
 * The objects of docs/keda.md that let KEDA scale Deployments by the counts of clusters, with its periods compressed.
 *
 * @param clusters ids by Deployment
 */
export function kedaObjects(
  namespace: string,
  { address, ca, cert, key }: ExternalScaler,
  clusters: ReadonlyMap<string, string>,
): readonly Json[] {
  const data = { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key };
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET, namespace }, stringData: data },
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'TriggerAuthentication',
      metadata: { name: AUTHENTICATION, namespace },
      spec: {
        secretTargetRef: [
          { parameter: 'caCert', name: SECRET, key: 'ca.crt' },
          { parameter: 'tlsClientCert', name: SECRET, key: 'tls.crt' },
          { parameter: 'tlsClientKey', name: SECRET, key: 'tls.key' },
        ],
      },
    },
    ...[...clusters].map(([app, cluster]) => ({
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: app, namespace },
      spec: {
        scaleTargetRef: { name: app },
        // Of 10 s; whole seconds are its limit.
        pollingInterval: 1,
        minReplicaCount: MIN_SERVERS,
        maxReplicaCount: MAX_SERVERS,
        advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleUp: exact(4), scaleDown: exact() } } },
        triggers: [
          {
            type: 'external',
            metadata: { scalerAddress: address, cluster },
            authenticationRef: { name: AUTHENTICATION },
          },
        ],
      },
    })),
  ];
}

/** The defaults of the HPA, with periods of one second instead of 15, no window of its own and no tolerance. */
function exact(pods?: number): Json {
  const policies = [
    { type: 'Percent', value: 100, periodSeconds: 1 },
    ...(pods === undefined ? [] : [{ type: 'Pods', value: pods, periodSeconds: 1 }]),
  ];
  return { stabilizationWindowSeconds: 0, tolerance: 0, selectPolicy: 'Max', policies };
}

/** What KEDA's HPA wanted differently from the count that the service stated. Server-hours. */
export interface Deviation {
  readonly above: number;
  readonly below: number;
}

/** A part of what the service answers of a cluster over time. */
export interface Wanted {
  /** Length of each entry, milliseconds. */
  readonly step_ms: number;
  readonly desired: readonly (number | null)[];
  readonly theirs: readonly (number | null)[];
}

/** Entries in which a count is not known are left out. */
export function deviationOf(parts: readonly Wanted[]): Deviation {
  let [above, below] = [0, 0];
  for (const { step_ms: stepMs, desired, theirs } of parts) {
    for (const [index, wanted] of theirs.entries()) {
      const stated = desired[index] ?? null;
      if (wanted === null || stated === null) continue;
      above += (Math.max(0, wanted - stated) * stepMs) / HOUR_MS;
      below += (Math.max(0, stated - wanted) * stepMs) / HOUR_MS;
    }
  }
  return { above, below };
}

/** Calls of KEDA since the service started. */
export interface Calls {
  readonly answered: number;
  /** Answered with an error. */
  readonly failed: number;
}

/** @param exposition what the service shows to Prometheus */
export function callsIn(exposition: string): Calls {
  let [answered, failed] = [0, 0];
  for (const [, labels = '', count] of exposition.matchAll(CALLS)) {
    if (labels.includes('code="OK"')) answered += Number(count);
    else failed += Number(count);
  }
  return { answered, failed };
}
