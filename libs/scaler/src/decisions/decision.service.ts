import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock } from '#config';
import { cutPage, NotFoundError } from '#http';
import { toHistoryPage } from '../paging.js';
import { toDecisionDto } from './decision.dto.js';
import type { DecisionDto, DecisionListDto, DecisionsQuery } from './decision.dto.js';
import { DecisionRepository } from './decision.repository.js';

/** Decisions of a cluster, with the steps that led to them. */
@Injectable()
export class DecisionService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly decisions: DecisionRepository,
    private readonly clock: Clock,
  ) {}

  async list(principal: Principal, clusterId: string, query: DecisionsQuery): Promise<DecisionListDto> {
    await this.access.assertVisible(principal, clusterId);
    const filter = { actions: query.action ?? null, steps: query.steps ?? false, role: query.policy_role ?? 'acting' };
    const found = await this.decisions.list(clusterId, toHistoryPage(query, this.clock.now()), filter);
    const { rows, nextCursor } = cutPage(found, query.limit, ({ at, id }) => ({ at: at.toISOString(), id }));
    return {
      decisions: rows.map((row) => toDecisionDto(clusterId, row)),
      count: rows.length,
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    };
  }

  async get(principal: Principal, clusterId: string, id: string): Promise<DecisionDto> {
    await this.access.assertVisible(principal, clusterId);
    const found = await this.decisions.find(clusterId, id);
    if (found === null) throw new NotFoundError('decision_not_found', 'decision not found');
    return toDecisionDto(clusterId, found);
  }
}
