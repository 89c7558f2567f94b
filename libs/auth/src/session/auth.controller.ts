import { Body, Controller, Get, HttpCode, Inject, Ip, Post, Put, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { CookieOptions, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '#config';
import { AUTH_BODY_BYTES, AuthRateLimited, BodyLimit, ContainsSecret, ErrorDto } from '#http';
import { Authenticated, CurrentCaller, CurrentSession, Public } from '../access/access.decorators.js';
import type { Caller, Session } from '../access/principal.js';
import { AUTH_COOKIE } from '../passport/credentials.js';
import { ChangePasswordDto, CredentialsDto } from '../users/users.dto.js';
import { MeDto, RegistrationDto, TokenDto } from './auth.dto.js';
import { AuthService, type Login } from './auth.service.js';

@ApiTags('auth')
@Controller('auth')
@BodyLimit(AUTH_BODY_BYTES)
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Post('register')
  @Public()
  @AuthRateLimited()
  @ContainsSecret()
  @ApiOperation({
    operationId: 'registerAccount',
    summary: 'Create an account and log in; the first account is an admin',
    description:
      'Open in development, in production until the first account exists, or as `api.open_registration` says. Sets the cookie, too.',
  })
  @ApiCreatedResponse({ type: TokenDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'all rules that the name or the password breaks' })
  @ApiForbiddenResponse({ type: ErrorDto, description: 'registration is closed' })
  @ApiConflictResponse({ type: ErrorDto, description: 'the name is taken' })
  @ApiTooManyRequestsResponse({ type: ErrorDto, description: 'too many authentication attempts' })
  async register(
    @Body() body: CredentialsDto,
    @Ip() ip: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenDto> {
    return this.answer(await this.auth.register(body, ip), response);
  }

  @Get('registration')
  @Public()
  @ApiOperation({
    operationId: 'getRegistration',
    summary: 'Whether registration is open',
    description: 'Needs no login. Also says whether no account exists yet.',
  })
  @ApiOkResponse({ type: RegistrationDto })
  async registration(): Promise<RegistrationDto> {
    return this.auth.registration();
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @AuthRateLimited()
  @ContainsSecret()
  @ApiOperation({
    operationId: 'logIn',
    summary: 'Log in: returns a token and sets an HTTP-only cookie',
    description:
      'API clients send the token as `Authorization: Bearer`; pages use the cookie. Wrong passwords lock the account for a while.',
  })
  @ApiOkResponse({ type: TokenDto })
  @ApiUnauthorizedResponse({ type: ErrorDto, description: 'wrong username or password' })
  @ApiTooManyRequestsResponse({ type: ErrorDto, description: 'too many authentication attempts' })
  async login(
    @Body() body: CredentialsDto,
    @Ip() ip: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenDto> {
    return this.answer(await this.auth.login(body, ip), response);
  }

  @Post('logout')
  @HttpCode(204)
  @Authenticated()
  @ApiOperation({
    operationId: 'logOut',
    summary: 'Log out and revoke the token',
    description: 'The token of this request is rejected from then on, by all instances. The cookie is removed.',
  })
  @ApiNoContentResponse()
  async logout(
    @CurrentSession() session: Session,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.auth.logout(session, caller);
    response.clearCookie(AUTH_COOKIE, this.cookieOptions());
  }

  @Put('password')
  @Authenticated()
  @AuthRateLimited()
  @ContainsSecret()
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change your password; all your other logins end within seconds',
    description: 'Returns a new token for this login. Guesses of the current password are limited as at the login.',
  })
  @ApiOkResponse({ type: TokenDto })
  @ApiBadRequestResponse({
    type: ErrorDto,
    description: 'the current password is wrong, or all rules that the new one breaks',
  })
  @ApiTooManyRequestsResponse({ type: ErrorDto, description: 'too many authentication attempts' })
  async changePassword(
    @Body() body: ChangePasswordDto,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenDto> {
    return this.answer(await this.auth.changePassword(body, caller), response);
  }

  @Get('me')
  @Authenticated()
  @ApiOperation({
    operationId: 'getCurrentUser',
    summary: 'The logged-in user',
    description: 'Name, role and scope of the account, and when this login ends.',
  })
  @ApiOkResponse({ type: MeDto })
  me(@CurrentSession() { principal, expiresAt }: Session): MeDto {
    return { ...principal, expires_at: new Date(expiresAt).toISOString() };
  }

  private answer({ token, expiresIn, username }: Login, response: Response): TokenDto {
    response.cookie(AUTH_COOKIE, token, { ...this.cookieOptions(), maxAge: expiresIn * 1000 });
    return { token, expires_in: expiresIn, username };
  }

  private cookieOptions(): CookieOptions {
    const { cookieSecure, cookieHttpOnly } = this.config.api;
    return { httpOnly: cookieHttpOnly, secure: cookieSecure, sameSite: 'lax', path: '/' };
  }
}
