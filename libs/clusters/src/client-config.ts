import { BadRequestError, type ErrorDetail } from '#http';
import type { ClusterConfigDto, CreateClusterDto } from './cluster.dto.js';
import type { PolicyDto } from './policy/policy.dto.js';
import { type ClusterProvider, isOne, whereItLeads } from '#providers';

const METRICS_PATH = /^\/metrics\/?$/;

/** Provider, policy and configuration in a request to create or change a cluster. */
type Parts = Partial<Pick<CreateClusterDto, 'provider' | 'policy' | 'config'>>;

/**
 * Converts the `config` of clients of the Go service: the origin of `collector_endpoint` becomes `provider.url`, and
 * `target_cpu` the target of `target_tracking` where the request has no policy. Another spelling of an endpoint (`localhost`) is replaced by
 * the configured one.
 *
 * @param allowedUrls the endpoints that a cluster may name
 * @param present the provider that the cluster has where the request names none
 * @throws BadRequestError for an endpoint that may not be named
 */
export function withoutClientConfig<T extends Parts>(
  dto: T,
  allowedUrls: readonly string[],
  present: ClusterProvider,
): T {
  const { collector_endpoint: endpoint, target_cpu: target, ...config } = dto.config ?? {};
  return {
    ...dto,
    ...(dto.config === undefined ? {} : { config: config satisfies ClusterConfigDto }),
    ...(endpoint === undefined ? {} : { provider: providerAt(endpoint, allowedUrls, dto.provider, present) }),
    ...(target === undefined || dto.policy !== undefined ? {} : { policy: tracking(target) }),
  };
}

function providerAt(
  endpoint: string,
  allowedUrls: readonly string[],
  given: ClusterProvider | undefined,
  present: ClusterProvider,
): ClusterProvider {
  const provider = given ?? present;
  if (!isOne(provider) || provider.type !== 'simulator')
    throw refused('config.collector_endpoint is for simulated clusters only; give provider instead');
  const { origin, pathname, search } = new URL(endpoint);
  const url =
    allowedUrls.find((allowed) => new URL(allowed).origin === origin) ??
    allowedUrls.find((allowed) => whereItLeads(allowed) === whereItLeads(endpoint));
  if (url === undefined || !METRICS_PATH.test(pathname) || search !== '')
    throw refused(
      `config.collector_endpoint must be the path /metrics of a URL that collector.allowed_urls lists, such as ${String(allowedUrls[0])}/metrics; ${endpoint} is not`,
    );
  if (isOtherUrl(given === undefined ? undefined : provider['url'], endpoint))
    throw refused('config.collector_endpoint and provider.url lead to different endpoints; give one of them');
  return { ...provider, url: new URL(url).origin };
}

function isOtherUrl(url: unknown, endpoint: string): boolean {
  return typeof url === 'string' && URL.canParse(url) && whereItLeads(url) !== whereItLeads(endpoint);
}

function tracking(target: number): PolicyDto {
  return { target_tracking: { metrics: [{ metric: 'cpu', target }] } };
}

function refused(error: string): BadRequestError {
  const details: ErrorDetail[] = [{ field: 'config.collector_endpoint', error }];
  return new BadRequestError('validation_failed', error, details);
}
