import { ApiProperty } from '@nestjs/swagger';
import { type Role, ROLES, type Scope, SCOPES } from '../access/principal.js';

export class TokenDto {
  @ApiProperty({ description: 'send it as `Authorization: Bearer <token>`' })
  readonly token!: string;

  @ApiProperty({ description: 'seconds', example: 86_400 })
  readonly expires_in!: number;

  @ApiProperty({ example: 'ada' })
  readonly username!: string;
}

export class MeDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'ada' })
  readonly username!: string;

  @ApiProperty({ enum: ROLES })
  readonly role!: Role;

  @ApiProperty({ enum: SCOPES, description: 'whose clusters you see: your own, or those of all owners' })
  readonly scope!: Scope;

  @ApiProperty({ format: 'date-time', description: 'when this login ends' })
  readonly expires_at!: string;
}

export class RegistrationDto {
  @ApiProperty({ description: 'whether anyone can register now' })
  readonly open!: boolean;

  @ApiProperty({ description: 'whether no account exists yet; the first one is an admin' })
  readonly first!: boolean;
}
