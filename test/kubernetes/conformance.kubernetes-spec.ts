import { describe, it } from '@jest/globals';
import { conformanceCases, type Harness } from '../../libs/providers/src/sdk/conformance/index.js';
import { countServers, ProviderError } from '../../libs/providers/src/sdk/index.js';
import { kubernetesProvider } from '../../libs/providers/src/kubernetes/kubernetes.provider.js';
import { eventually } from '../support/eventually.js';
import { apply, grant, kubectl, ready, tenant, WATCHING, workload } from './support/control-plane.js';
import { Proxy } from './support/proxy.js';
import { clusterOf, serversOf, sessionOf } from './support/session.js';

/** Two Deployments in a namespace of their own, behind a connection that can be troubled. */
async function start(): Promise<Harness> {
  const owner = await tenant();
  const { namespace } = owner;
  apply(workload(namespace, 'web'), workload(namespace, 'api'));
  await ready(namespace, 'web', 2);
  await ready(namespace, 'api', 2);
  const proxy = await Proxy.start();
  const session = sessionOf(owner, proxy.url);
  const cluster = clusterOf(namespace, 'web');
  // Counts are decided on what the same session has read.
  await serversOf(session, cluster);
  return {
    session,
    cluster,
    other: clusterOf(namespace, 'api'),
    unknown: clusterOf(namespace, 'missing'),
    now: () => Date.now(),
    async settle() {
      await eventually('nothing is provisioned or drained', async () => {
        const { provisioning, draining } = countServers(await serversOf(session, cluster));
        return provisioning === 0 && draining === 0;
      });
    },
    async trouble(kind) {
      // The connection is in use by now, as that of a service is.
      await serversOf(session, cluster).catch((error: unknown) => {
        if (!(error instanceof ProviderError)) throw error;
      });
      if (kind === 'unreachable') {
        proxy.cut();
        // The end of a connection is on its way for a moment.
        await eventually('it has heard', async () =>
          serversOf(session, cluster).then(
            () => false,
            () => true,
          ),
        );
      } else if (kind === 'hang') proxy.hang();
      else
        await grant(
          owner,
          WATCHING,
          { group: 'apps', resource: 'deployments', subresource: 'scale', verb: 'update' },
          false,
        );
    },
    async close() {
      await session.close();
      await proxy.close();
      kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
    },
  };
}

describe('a Kubernetes cluster', () => {
  const provider = kubernetesProvider({ allowAmbient: false });
  for (const { name, run } of conformanceCases(provider, start)) it(name, run);
});
