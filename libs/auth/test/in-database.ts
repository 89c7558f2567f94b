import type { DataSource } from 'typeorm';
import type { Clock } from '#config';
import { AuditEntryEntity } from '../src/audit/audit-entry.entity.js';
import { AuditEntryRepository } from '../src/audit/audit-entry.repository.js';
import { AuditService } from '../src/audit/audit.service.js';
import { UserEntity } from '../src/users/user.entity.js';
import { UserRepository } from '../src/users/user.repository.js';

/** The audit log, for tests that construct services by hand. */
export function auditIn(dataSource: DataSource, clock: Clock): AuditService {
  return new AuditService(new AuditEntryRepository(dataSource.getRepository(AuditEntryEntity)), clock);
}

/** Its accounts. */
export function usersIn(dataSource: DataSource): UserRepository {
  return new UserRepository(dataSource.getRepository(UserEntity));
}
