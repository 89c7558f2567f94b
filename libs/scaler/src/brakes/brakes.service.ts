import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { actorOf, AuditService } from '#auth';
import type { Caller } from '#auth';
import { Clock } from '#config';
import type { FreezeDto, HeldRemovalsDto } from './brakes.dto.js';
import { type Freeze, FreezeRepository } from './freeze.repository.js';
import { RemovalProposalRepository } from './removal-proposal.repository.js';

/** What was last wanted longer ago than this (ms) is not held any more. */
const HELD_WITHIN_MS = 120_000;

/** Brakes as people use them; every change is audited in the transaction that makes it. */
@Injectable()
export class BrakesService {
  constructor(
    private readonly freezes: FreezeRepository,
    private readonly proposals: RemovalProposalRepository,
    private readonly audit: AuditService,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async freeze(): Promise<FreezeDto | null> {
    return toDto(await this.freezes.current());
  }

  /** Stops all acting of all instances with their next tick. */
  async stop(caller: Caller, reason: string | null): Promise<FreezeDto | null> {
    return this.change(caller, 'operations.freeze', async (manager) =>
      this.freezes.freeze(caller.username, reason, manager),
    );
  }

  /** Lets clusters be scaled again; lifting no freeze is no error. */
  async lift(caller: Caller): Promise<FreezeDto | null> {
    return this.change(caller, 'operations.unfreeze', async (manager) => this.freezes.lift(manager));
  }

  async heldRemovals(): Promise<HeldRemovalsDto[]> {
    const held = await this.proposals.held(this.clock.now() - HELD_WITHIN_MS);
    return held.map(({ endpoint, clusters, since }) => ({ endpoint, clusters, since: new Date(since).toISOString() }));
  }

  /** @returns how many clusters' removals were held and are no longer */
  async release(caller: Caller, endpoint: string | null): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const released = await this.proposals.release(caller.username, endpoint, manager);
      await this.audit.record(
        {
          ...actorOf(caller),
          action: 'operations.removals.release',
          outcome: 'success',
          after: { endpoint, released },
        },
        manager,
      );
      return released;
    });
  }

  private async change(
    caller: Caller,
    action: string,
    work: (manager: DataSource['manager']) => Promise<void>,
  ): Promise<FreezeDto | null> {
    return this.dataSource.transaction(async (manager) => {
      const before = toDto(await this.freezes.current(manager));
      await work(manager);
      const after = toDto(await this.freezes.current(manager));
      await this.audit.record(
        {
          ...actorOf(caller),
          action,
          outcome: 'success',
          ...(before === null ? {} : { before }),
          ...(after === null ? {} : { after }),
        },
        manager,
      );
      return after;
    });
  }
}

function toDto(freeze: Freeze | null): FreezeDto | null {
  if (freeze === null) return null;
  return { frozen_at: new Date(freeze.frozenAt).toISOString(), by: freeze.by, reason: freeze.reason };
}
