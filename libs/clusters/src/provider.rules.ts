import { Injectable } from '@nestjs/common';
import type { ErrorDetail } from '#http';
import { AddressGuard, type BoundProvider, type ClusterProvider, HALVES, isOne, ProviderRegistry } from '#providers';

/** Validation of the provider in requests. */
@Injectable()
export class ProviderRules {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly guard: AddressGuard,
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
    return this.guard.allowed;
  }

  private foreignAddresses(provider: ClusterProvider, bound: BoundProvider): ErrorDetail[] {
    const faults = HALVES.flatMap((half): ErrorDetail[] => {
      const { address, definition } = bound[half];
      const error = /^https?:/i.test(address) ? this.guard.faultOf(address) : null;
      if (error === null) return [];
      const name = 'url' in definition.connection.spec.shape ? 'url' : '';
      const field = within(isOne(provider) ? 'provider' : `provider.${half}`, name);
      return [{ field, error }];
    });
    return isOne(provider) ? faults.slice(0, 1) : faults;
  }
}

function within(parent: string, field: string): string {
  return field === '' ? parent : `${parent}.${field}`;
}
