import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { type Caller, callerOf } from '#auth';
import { APP_CONFIG, type AppConfig } from '#config';
import { type ErrorDetail, UndeclaredRules } from '#http';
import type { ClusterProvider } from '#providers';
import { ClustersService } from './clusters.service.js';
import { faultOfMaximum } from './configured-limits.js';
import { ProviderRules } from './provider.rules.js';

/** What is wrong with a cluster in a request besides its class: the configured limit, and the fields of its provider. */
@Injectable()
export class ClusterFaults extends UndeclaredRules {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'scaler'>,
    private readonly providers: ProviderRules,
    private readonly clusters: ClustersService,
  ) {
    super();
  }

  protected async faultsOf(
    { max_servers: max, provider }: Readonly<Record<string, unknown>>,
    context: ExecutionContext,
  ): Promise<readonly ErrorDetail[]> {
    const faults: ErrorDetail[] = [];
    const above = Number.isInteger(max) ? faultOfMaximum(max as number, this.config.scaler.maxServers) : null;
    if (above !== null) faults.push(above);
    if (typeof provider === 'object' && !Array.isArray(provider)) {
      const ownerId = await this.ownerOf(context.switchToHttp().getRequest<Request>(), callerOf(context));
      await this.providers.refresh();
      this.providers.read(provider as ClusterProvider, ownerId, faults);
    }
    return faults;
  }

  /** Of the cluster in the path, else the caller. @throws NotFoundError for a cluster of another user */
  private async ownerOf({ params }: Request, caller: Caller): Promise<string> {
    const { id } = params;
    return typeof id === 'string' ? (await this.clusters.get(caller, id)).ownerId : caller.id;
  }
}
