import { randomUUID } from 'node:crypto';
import { type ConnectionReport, ProviderError } from '../sdk/index.js';
import type { AwsApi } from './aws-api.js';

type Missing = ConnectionReport['missing'][number];

const PROBE = {
  Id: 'probe',
  MetricStat: {
    Metric: { Namespace: 'AWS/EC2', MetricName: 'CPUUtilization', Dimensions: [] },
    Period: 300,
    Stat: 'Average',
  },
};
const PROBE_MS = 300_000;

/** As whom AWS knows the connection, and which rights it lacks, found by calls that change nothing. @throws ProviderError */
export async function reportOf(api: AwsApi, now: number, signal: AbortSignal): Promise<ConnectionReport> {
  const identity = await api.callerIdentity(signal);
  // No group has this name.
  const unknown = `autoscaler-check-${randomUUID()}`;
  const range = { from: Math.floor(now / PROBE_MS - 1) * PROBE_MS, to: Math.floor(now / PROBE_MS) * PROBE_MS };
  const missing = await Promise.all([
    missingOf('autoscaling:DescribeAutoScalingGroups', 'reading', async () => {
      const answer = (await api.groups([unknown], signal)).get(unknown);
      if (answer instanceof ProviderError) throw answer;
    }),
    missingOf('autoscaling:DescribePolicies', 'reading', async () => api.policies(unknown, signal)),
    missingOf('autoscaling:DescribeScheduledActions', 'reading', async () => api.scheduledActions(unknown, signal)),
    missingOf('cloudwatch:GetMetricData', 'reading', async () => api.metricData([PROBE], range, signal)),
    missingOf('autoscaling:SetDesiredCapacity on all groups', 'acting', async () => api.setDesired(unknown, 0, signal)),
  ]);
  return { identity, version: null, missing: missing.filter((one) => one !== null) };
}

async function missingOf(
  right: string,
  neededFor: Missing['neededFor'],
  tryIt: () => Promise<unknown>,
): Promise<Missing | null> {
  try {
    await tryIt();
    return null;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === 'unauthorized') return { right, neededFor };
    // With the right, AWS answers that there is no such group.
    if (error.code === 'not_found' || error.code === 'refused') return null;
    throw error;
  }
}
