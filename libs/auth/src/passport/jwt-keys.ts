import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { APP_CONFIG, type AppConfig } from '#config';
import { ALGORITHM } from './jwt-claims.js';
import { keptSecret } from './kept-secret.js';

/** A key for tokens and the name that it has in their headers. */
export interface JwtKey {
  readonly kid: string;
  readonly secret: KeyObject;
}

/**
 * The keys of tokens: one signs, the others are only accepted, so that keys can be rotated without ending logins. A key's name follows
 * from the key (like the thumbprints of RFC 7638), so that all instances name the same key alike.
 */
@Injectable()
export class JwtKeys {
  readonly signing: JwtKey;
  private readonly all: readonly JwtKey[];

  constructor(
    private readonly jwt: JwtService,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    const { api } = config;
    // Production refuses an empty secret.
    this.signing = keyOf(api.jwtSecret === '' ? keptSecret(config) : api.jwtSecret);
    this.all = [this.signing, ...api.jwtVerificationSecrets.map(keyOf)];
  }

  /** The key to verify a token with; `undefined` if it names none of ours. */
  keyOf(token: string): JwtKey | undefined {
    const kid = kidOf(token);
    // Tokens of earlier releases name no key: try each.
    return this.all.find((key) => (kid === undefined ? this.signed(token, key) : key.kid === kid));
  }

  private signed(token: string, { secret }: JwtKey): boolean {
    try {
      this.jwt.verify(token, { secret: secret.export(), algorithms: [ALGORITHM], ignoreExpiration: true });
      return true;
    } catch {
      return false;
    }
  }
}

function keyOf(secret: string): JwtKey {
  const kid = createHmac('sha256', secret).update('autoscaler jwt kid').digest('base64url').slice(0, 12);
  return { kid, secret: createSecretKey(secret, 'utf8') };
}

/** The key that a token names; used only to choose the key to verify with. */
function kidOf(token: string): string | undefined {
  try {
    const [header = ''] = token.split('.', 1);
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { kid?: unknown };
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
