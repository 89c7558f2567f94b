import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '#config';
import type { ErrorDetail } from '#http';
import { type BoundProvider, type ClusterProvider, HALVES, isOne, ProviderRegistry } from '#providers';

/** Validation of the provider in requests. */
@Injectable()
export class ProviderRules {
  constructor(
    private readonly providers: ProviderRegistry,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'collector'>,
  ) {}

  /**
   * Fills in defaults and keeps the shape in which it was written.
   *
   * @param faults receives all faults; with faults the result is invalid
   */
  read(written: ClusterProvider, faults: ErrorDetail[]): ClusterProvider {
    const read = this.providers.read(written);
    if ('faults' in read) {
      faults.push(...read.faults.map(({ field, error }) => ({ field: within('provider', field), error })));
      return written;
    }
    faults.push(...this.foreignAddresses(read.provider, read.bound));
    return read.provider;
  }

  /** The endpoints that clusters may use. */
  allowedUrls(): readonly string[] {
    const { simulatorUrl, allowedUrls } = this.config.collector;
    return [simulatorUrl, ...allowedUrls];
  }

  /** A free choice of addresses would let users reach hosts that only this service can reach. */
  private foreignAddresses(provider: ClusterProvider, bound: BoundProvider): ErrorDetail[] {
    const faults = HALVES.flatMap((half): ErrorDetail[] => {
      const { address, definition } = bound[half];
      if (this.mayReach(address)) return [];
      const name = 'url' in definition.connection.spec.shape ? 'url' : '';
      const field = within(isOne(provider) ? 'provider' : `provider.${half}`, name);
      return [{ field, error: `url must be listed in collector.allowed_urls; ${address} is not` }];
    });
    return isOne(provider) ? faults.slice(0, 1) : faults;
  }

  private mayReach(address: string): boolean {
    if (!/^https?:/i.test(address)) return true;
    return this.allowedUrls().some((allowed) => new URL(allowed).href === new URL(address).href);
  }
}

function within(parent: string, field: string): string {
  return field === '' ? parent : `${parent}.${field}`;
}
