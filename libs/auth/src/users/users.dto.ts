import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { effectiveScope, type Role, ROLES, type Scope, SCOPES } from '../access/principal.js';
import { PASSWORD_HINT } from './passwords.js';
import type { UserEntity } from './user.entity.js';

const LONGEST_PASSWORD = 1024;
const EXAMPLE = 'SecurePassword123!';

/** A password; the service checks the rules for new ones. */
function IsPassword(shown: ApiPropertyOptions = { example: EXAMPLE, description: PASSWORD_HINT }): PropertyDecorator {
  return applyDecorators(ApiProperty(shown), IsString(), MaxLength(LONGEST_PASSWORD));
}

export class CredentialsDto {
  @ApiProperty({ example: 'ada', minLength: 3, maxLength: 50, description: 'letters, digits and underscores' })
  @IsString()
  @Length(3, 50, { message: 'username must have 3 to 50 characters' })
  @Matches(/^[A-Za-z0-9_]*$/, { message: 'username must consist of letters, digits and underscores' })
  readonly username!: string;

  @IsPassword()
  readonly password!: string;
}

/** A new password for another user. */
export class SetPasswordDto {
  @IsPassword()
  readonly password!: string;
}

/** A new password of the caller. */
export class ChangePasswordDto {
  @IsPassword({ description: 'the current password' })
  readonly password!: string;

  @IsPassword()
  readonly new_password!: string;
}

export class CreateUserDto extends CredentialsDto {
  @ApiProperty({ enum: ROLES, example: 'operator' })
  @IsIn(ROLES)
  readonly role!: Role;

  @ApiPropertyOptional({
    enum: SCOPES,
    description: 'whose clusters it may read; by default `all` for a viewer, else `own`',
  })
  @IsOptional()
  @IsIn(SCOPES)
  readonly scope?: Scope;
}

/** Changes of an account. */
export class ChangeUserDto {
  @ApiPropertyOptional({ enum: ROLES, example: 'viewer' })
  @IsOptional()
  @IsIn(ROLES)
  readonly role?: Role;

  @ApiPropertyOptional({
    enum: SCOPES,
    description: 'whose clusters it may read: its own, or those of all owners. Changing is for owners and admins',
  })
  @IsOptional()
  @IsIn(SCOPES)
  readonly scope?: Scope;

  @ApiPropertyOptional({ description: 'a disabled account cannot log in; its clusters are still scaled' })
  @IsOptional()
  @IsBoolean()
  readonly disabled?: boolean;
}

export class UserDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'ada' })
  readonly username!: string;

  @ApiProperty({ enum: ROLES })
  readonly role!: Role;

  @ApiProperty({ enum: SCOPES, description: 'whose clusters it may read; `all` for admins' })
  readonly scope!: Scope;

  @ApiProperty({ description: 'whether the account is disabled' })
  readonly disabled!: boolean;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;

  @ApiPropertyOptional({ format: 'date-time', nullable: true, type: String })
  readonly last_login_at!: string | null;
}

export class UserListDto {
  @ApiProperty({ type: [UserDto] })
  readonly users!: readonly UserDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}

export function userToDto(user: UserEntity): UserDto {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    scope: effectiveScope(user),
    disabled: user.disabledAt !== null,
    created_at: user.createdAt.toISOString(),
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
  };
}
