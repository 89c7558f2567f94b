import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { callsIn, deviationOf, kedaObjects } from './keda.js';

interface Described {
  readonly kind: string;
  readonly spec: {
    readonly advanced?: object;
    readonly triggers?: readonly { readonly type: string; readonly authenticationRef?: object }[];
  };
}

/** The ScaledObject and the TriggerAuthentication that docs/keda.md lets its readers apply. */
function documented(): readonly Described[] {
  const yaml = readFileSync('docs/keda.md', 'utf8').match(/ {3}apiVersion: keda[\s\S]*?(?=```)/)![0];
  return parseAllDocuments(yaml.replaceAll(/^ {3}/gm, '')).map((document) => document.toJS() as Described);
}

describe('what lets KEDA scale Deployments', () => {
  const scaler = { address: '127.0.0.1:9091', ca: 'CA', cert: 'CERT', key: 'KEY' };
  const clusters = new Map(Object.entries({ 'keda-1': 'one', 'keda-2': 'two' }));
  const objects = kedaObjects('bench', scaler, clusters) as unknown as readonly Described[];
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);

  it('is a ScaledObject for each, which names its cluster', () => {
    expect(ofKind('ScaledObject')).toMatchObject([
      { metadata: { name: 'keda-1', namespace: 'bench' }, spec: { triggers: [{ metadata: { cluster: 'one' } }] } },
      { metadata: { name: 'keda-2', namespace: 'bench' }, spec: { triggers: [{ metadata: { cluster: 'two' } }] } },
    ]);
  });

  it('is what the document for users of KEDA says, periods apart', () => {
    const [scaledObject, authentication] = documented();
    const [{ type, authenticationRef }] = scaledObject!.spec.triggers as [{ type: string; authenticationRef: object }];
    const { advanced } = scaledObject!.spec;
    expect(ofKind('ScaledObject')[0]!.spec).toMatchObject({ advanced, triggers: [{ type, authenticationRef }] });
    expect(ofKind('TriggerAuthentication')[0]!.spec).toEqual(authentication!.spec);
  });
});

describe("what KEDA's HPA wanted differently", () => {
  it('is server-hours above and below the count of the service, where both are known', () => {
    const part = { step_ms: 1_800_000, desired: [10, 10, null, 10, 10], theirs: [12, 7, 5, null, 10] };
    expect(deviationOf([part, { ...part, step_ms: 3_600_000 }])).toEqual({ above: 3, below: 4.5 });
  });
});

describe('the calls of KEDA', () => {
  it('are counted over the methods, those that failed apart', () => {
    const exposition = [
      '# HELP autoscaler_keda_calls_total Calls of KEDA, by method and outcome',
      'autoscaler_keda_calls_total{method="GetMetrics",code="OK"} 120',
      'autoscaler_keda_calls_total{method="IsActive",code="OK"} 100',
      'autoscaler_keda_calls_total{method="GetMetrics",code="UNAVAILABLE"} 3',
      'autoscaler_keda_streams 9',
    ].join('\n');
    expect(callsIn(exposition)).toEqual({ answered: 220, failed: 3 });
  });

  it('are none where there were none', () => {
    expect(callsIn('process_cpu_seconds_total 3')).toEqual({ answered: 0, failed: 0 });
  });
});
