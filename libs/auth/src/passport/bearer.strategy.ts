import { Injectable } from '@nestjs/common';
import { TokenService } from '../session/token.service.js';
import { bearerToken } from './credentials.js';
import { JwtKeys } from './jwt-keys.js';
import { TokenStrategy } from './token.strategy.js';

/** For programs, which send the token explicitly. */
@Injectable()
export class BearerStrategy extends TokenStrategy {
  constructor(keys: JwtKeys, tokens: TokenService) {
    super(bearerToken, keys, tokens);
  }
}
