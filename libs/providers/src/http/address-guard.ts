import { ProviderError } from '../sdk/index.js';
import { isForbiddenHost, type Lookup, lookupAllowed } from './forbidden-addresses.js';

/** What to do about a server that is not listed. */
function unlisted(origin: string): string {
  return (
    `url must be listed in collector.allowed_urls: add ${origin} there in the configuration file, ` +
    `or to AUTOSCALER_COLLECTOR_ALLOWED_URLS, and restart the service`
  );
}

/**
 * Restricts the URLs of connections: servers listed in `collector.allowed_urls`, never link-local, metadata or unspecified
 * addresses. Otherwise users could reach hosts that only the service can reach (SSRF).
 */
export class AddressGuard {
  /** `dns.lookup` that fails for forbidden addresses. */
  readonly lookup: Lookup = lookupAllowed;
  private readonly origins: ReadonlySet<string>;

  /** @param allowed http and https URLs; only scheme, host and port count */
  constructor(readonly allowed: readonly string[]) {
    this.origins = new Set(allowed.map((url) => new URL(url).origin));
  }

  /** @throws ProviderError `refused` if the URL is not allowed */
  checkUrl(url: string): void {
    const fault = this.faultOf(url);
    if (fault !== null) throw new ProviderError('refused', fault);
  }

  /** Why the URL is not allowed; `null` if it is. */
  faultOf(url: string): string | null {
    if (!URL.canParse(url)) return 'url must be an http or https URL';
    const { protocol, hostname, origin, username, password } = new URL(url);
    if (!/^https?:$/.test(protocol)) return 'url must be an http or https URL';
    if (username !== '' || password !== '') return 'url must not contain a user name or a password';
    if (isForbiddenHost(hostname)) return 'url must not lead to a link-local, metadata or unspecified address';
    return this.origins.has(origin) ? null : unlisted(origin);
  }
}
