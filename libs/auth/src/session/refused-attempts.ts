import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import { Clock } from '#config';
import { AUTH_BODY_BYTES, AuthAttemptsObserver, readBody } from '#http';
import { AuditService } from '../audit/audit.service.js';

/** Minimum time between two audit entries of one address, milliseconds. */
const ONCE_IN_MS = 60_000;
const KNOWN_ADDRESSES = 10_000;

/** Audits logins and registrations that the rate limit refused. */
@Injectable()
export class RefusedAttempts extends AuthAttemptsObserver {
  private readonly logger = new Logger(RefusedAttempts.name);
  private readonly auditedAt = new LRUCache<string, number>({ max: KNOWN_ADDRESSES });

  constructor(
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {
    super();
  }

  async refused(request: Request): Promise<void> {
    const { ip = 'unknown', path } = request;
    const now = this.clock.now();
    if (now - (this.auditedAt.get(ip) ?? -Infinity) < ONCE_IN_MS) return;
    this.auditedAt.set(ip, now);
    try {
      await this.audit.record({
        actor: nameIn(await readBody(request, AUTH_BODY_BYTES).catch(() => undefined)),
        ip,
        action: 'auth.rate_limit',
        outcome: 'failure',
        after: { path },
      });
    } catch (error) {
      // The attempt is refused all the same.
      this.logger.warn(`cannot audit a refused login from ${ip}: ${(error as Error).message}`);
    }
  }
}

/** The body is not validated yet. */
function nameIn(body: unknown): string {
  const { username } = (body ?? {}) as { username?: unknown };
  return typeof username === 'string' && /^\w{3,50}$/.test(username) ? username : 'unknown';
}
