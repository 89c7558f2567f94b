import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '#config';
import { keptSecret } from './kept-secret.js';

/** A key for tokens and the name that it has in their headers. */
export interface JwtKey {
  readonly kid: string;
  readonly secret: string;
}

/**
 * The keys of tokens: one signs, the others are only accepted, so that keys change without logging anybody out. A key's name follows
 * from the key (like the thumbprints of RFC 7638): there is nothing to number, and two instances name the same key alike.
 */
@Injectable()
export class JwtKeys {
  readonly signing: JwtKey;
  private readonly all: readonly JwtKey[];

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    const { api } = config;
    // Production refuses an empty secret.
    this.signing = keyOf(api.jwtSecret === '' ? keptSecret(config) : api.jwtSecret);
    this.all = [this.signing, ...api.jwtVerificationSecrets.map(keyOf)];
  }

  /**
   * The keys that a token may have been signed with.
   *
   * @param kid as the token's header names it; tokens of releases before keys had names have none
   */
  candidates(kid: string | undefined): readonly JwtKey[] {
    return kid === undefined ? this.all : this.all.filter((key) => key.kid === kid);
  }
}

function keyOf(secret: string): JwtKey {
  return { kid: createHmac('sha256', secret).update('autoscaler jwt kid').digest('base64url').slice(0, 12), secret };
}
