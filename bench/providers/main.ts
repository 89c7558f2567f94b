/**
 * `npm run bench:providers [-- --workloads 1000 --pods 20 --clusters 500]`: cost of a tick, at 10 s intervals, of workloads on
 * a real Kubernetes control plane with kwok's pods, and of clusters with their metrics in Prometheus; requests to both
 * (docs/experiments.md). 0 workloads or clusters leaves a part out.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { commit, machine } from '../hpa/machine.js';
import { readOptions, refuse } from '../options.js';
import { kubernetesFleet, prometheusFleet } from './fleets.js';
import type { Measured } from './measure.js';

const RESULTS = 'bench/results/providers.json';
const options = readOptions({
  workloads: { type: 'string', default: '1000' },
  pods: { type: 'string', default: '20' },
  clusters: { type: 'string', default: '500' },
});

function countOf(name: keyof typeof options, least: number, most: number): number {
  const count = Number(options[name]);
  if (!Number.isInteger(count) || count < least || count > most)
    refuse(`--${name} takes a whole number from ${least} to ${most}; "${options[name]}" is none`);
  return count;
}
const [workloads, pods, clusters] = [
  countOf('workloads', 0, 5000),
  countOf('pods', 1, 100),
  countOf('clusters', 0, 10_000),
];
const note = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);
if (clusters > 0) await store('prometheus', { clusters }, async () => prometheusFleet(clusters, note));
if (workloads > 0)
  await store('kubernetes', { workloads, pods }, async () => {
    const measured = await kubernetesFleet(workloads, pods, note);
    return { ...measured, kb_per_pod: perPod(measured) };
  });

/** Measures a part and stores it; the other part stays as it was measured last. */
async function store(part: string, size: object, measure: () => Promise<Measured>): Promise<void> {
  const row = { commit: commit(), machine: machine(), ...size, ...(await measure()), load: loadavg()[0] };
  console.log(JSON.stringify({ [part]: row }, null, 2));
  const known = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as object) : {};
  mkdirSync(dirname(RESULTS), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify({ ...known, [part]: row }, null, 2)}\n`);
}

/** Memory that the service took for clusters, forecasts and pods together, by pod, KB. */
function perPod({ rss_mb: [before, after] }: Measured): number {
  return Math.round((1024 * (after - before)) / (workloads * pods));
}
