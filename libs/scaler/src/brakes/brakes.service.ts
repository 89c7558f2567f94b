import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { actorOf, type AuditAction, AuditService } from '#auth';
import type { Caller } from '#auth';
import { Clock } from '#config';
import type { FreezeDto, HeldRemovalsDto } from './brakes.dto.js';
import { type Freeze, FreezeRepository } from './freeze.repository.js';
import { RemovalProposalRepository } from './removal-proposal.repository.js';

/** A removal that no tick has proposed for this long (ms) is no longer held. */
const HELD_WITHIN_MS = 120_000;

/** The brakes as users operate them. Each change is audited in its own transaction. */
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

  /** Stops all instances from scaling, from their next tick on. */
  async stop(caller: Caller, reason: string | null): Promise<FreezeDto | null> {
    return this.change(caller, 'operations.freeze', async (manager) =>
      this.freezes.freeze(caller.username, reason, manager),
    );
  }

  /** Allows scaling again. Idempotent: lifting no freeze is no error. */
  async lift(caller: Caller): Promise<FreezeDto | null> {
    return this.change(caller, 'operations.unfreeze', async (manager) => this.freezes.lift(manager));
  }

  async heldRemovals(): Promise<HeldRemovalsDto[]> {
    const held = await this.proposals.held(this.clock.now() - HELD_WITHIN_MS);
    return held.map(({ endpoint, clusters, since }) => ({ endpoint, clusters, since: new Date(since).toISOString() }));
  }

  /** @returns the number of clusters whose held removals were released */
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
    action: AuditAction,
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
