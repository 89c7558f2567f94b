import { parseDuration } from '#config';
import { handBackExpiredWorkloads, ProviderError } from '#providers';
import { OperationalError } from '../operational.error.js';

export interface HandBackFlags {
  readonly expired?: boolean;
  readonly after: string;
  readonly server?: string;
  readonly credentials?: string;
}

const ONE_CLUSTER = 'for one cluster use POST /clusters/:id/hand-back';

/**
 * `autoscaler hand-back --expired`: gives back the workloads of Kubernetes whose Lease the service does not renew. Reads no configuration.
 *
 * @throws OperationalError if one was not given back
 */
export async function handBack({ expired, after, server, credentials }: HandBackFlags): Promise<void> {
  if (expired !== true) throw new OperationalError(`hand-back needs --expired; ${ONE_CLUSTER}`);
  const given = await handBackExpiredWorkloads({ afterMs: durationOf(after), server, credentials }).catch(
    (error: unknown) => {
      throw error instanceof ProviderError ? new OperationalError(error.message, { cause: error }) : error;
    },
  );
  for (const { lease, lines } of given) for (const line of lines) console.log(`${lease}: ${line}`);
  const failed = given.filter((one) => one.failed).length;
  console.log(`${given.length - failed} of ${given.length} workloads without a live Lease were given back`);
  if (failed > 0) throw new OperationalError(`${failed} workloads were not given back; the next run tries again`);
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new OperationalError(`--after: ${error instanceof Error ? error.message : String(error)}`);
  }
}
