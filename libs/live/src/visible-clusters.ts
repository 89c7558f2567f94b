import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { onlyOwner, type Principal } from '#auth';
import { ClusterRepository } from '#clusters';

/** Which clusters an account may see. */
@Injectable()
export class VisibleClusters {
  constructor(private readonly dataSource: DataSource) {}

  /** Those of the clusters (`null`: of all) that exist and that the account may see. */
  async of(principal: Principal, ids: readonly string[] | null): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${ClusterRepository.PRESENT} AS cluster
        WHERE ($1::uuid[] IS NULL OR id = ANY($1::uuid[])) AND ($2::uuid IS NULL OR owner_id = $2::uuid)`,
      [ids, onlyOwner(principal)],
    );
    return rows.map((row) => row.id);
  }
}
