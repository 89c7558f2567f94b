import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { ListQuery } from '#http';
import { NEEDED_FOR } from '../sdk/index.js';
import type { Connection } from './connection.js';

/** It stands in paths and in the definitions of clusters. */
const NAME = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;
const NAME_MESSAGE =
  'name must consist of lower-case letters, digits, dots, hyphens and underscores, and begin and end with a letter or digit';
const MOST_VERSIONS = 2_147_483_647;
const SPEC = { type: 'object', additionalProperties: true } as const;
const SECRETS = { type: 'object', additionalProperties: { type: 'string' }, writeOnly: true } as const;

export class CreateConnectionDto {
  @ApiProperty({
    example: 'prod-prometheus',
    description: 'lowercase letters, digits and . _ -, unique in the installation',
  })
  @IsString()
  @Length(1, 63)
  @Matches(NAME, { message: NAME_MESSAGE })
  readonly name!: string;

  @ApiProperty({ example: 'prometheus', description: '`connection.type` of a provider in `GET /providers`' })
  @IsString()
  @MaxLength(40)
  readonly type!: string;

  @ApiPropertyOptional({ ...SPEC, description: 'see `connection.schema` in `GET /providers`' })
  @IsOptional()
  @IsObject()
  readonly spec?: Record<string, unknown>;

  @ApiPropertyOptional({ ...SECRETS, description: 'texts by name; encrypted, and not shown again' })
  @IsOptional()
  @IsObject()
  readonly secrets?: Record<string, unknown>;
}

export class UpdateConnectionDto {
  @ApiPropertyOptional({ ...SPEC, description: 'takes the place of the present one' })
  @IsOptional()
  @IsObject()
  readonly spec?: Record<string, unknown>;

  @ApiPropertyOptional({
    ...SECRETS,
    description: 'all of them; those that are left out are removed. Needed where the new spec leads to another address',
  })
  @IsOptional()
  @IsObject()
  readonly secrets?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'whether users other than the owner may use it; for admins only' })
  @IsOptional()
  @IsBoolean()
  readonly shared?: boolean;

  @ApiPropertyOptional({
    minimum: 1,
    description: '`version` as you read it: the change is refused if the connection has changed since then',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_VERSIONS)
  readonly version?: number;
}

export class RotateSecretsDto {
  @ApiProperty({ ...SECRETS, description: 'new texts by name; secrets that are not named stay' })
  @IsObject()
  readonly secrets!: Record<string, unknown>;
}

export class MissingRightDto {
  @ApiProperty({ example: 'update deployments/scale in namespace web' })
  readonly right!: string;

  @ApiProperty({ enum: NEEDED_FOR })
  readonly needed_for!: (typeof NEEDED_FOR)[number];
}

export class ConnectionTestDto {
  @ApiProperty({ description: 'it was reached, and accepted the credentials' })
  readonly reachable!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'why it is not reachable' })
  readonly error!: string | null;

  @ApiProperty({ description: 'false: the provider has no test; that it could be opened is all that is known' })
  readonly tested!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'as whom the service is known there' })
  readonly identity!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly version!: string | null;

  @ApiProperty({ type: [MissingRightDto], description: 'at most 100' })
  readonly missing!: readonly MissingRightDto[];
}

export class ConnectionListQuery extends ListQuery {
  @ApiPropertyOptional({ example: 'prometheus', description: 'only connections of this type' })
  @IsOptional()
  @IsString()
  readonly type?: string;
}

export class ConnectionDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'prod-prometheus' })
  readonly name!: string;

  @ApiProperty({ example: 'prometheus' })
  readonly type!: string;

  @ApiProperty(SPEC)
  readonly spec!: object;

  @ApiProperty({ type: [String], example: ['token'], description: 'the names of the secrets that are stored' })
  readonly secrets!: readonly string[];

  @ApiProperty({ format: 'uuid' })
  readonly owner_id!: string;

  @ApiProperty({ description: 'clusters of all users may name it' })
  readonly shared!: boolean;

  @ApiProperty({ example: 1, description: 'rises with every change of spec or secrets' })
  readonly version!: number;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;

  @ApiProperty({ format: 'date-time' })
  readonly updated_at!: string;
}

export class ConnectionListDto {
  @ApiProperty({ type: [ConnectionDto] })
  readonly connections!: readonly ConnectionDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional()
  readonly next_cursor?: string;
}

export function connectionToDto(connection: Connection): ConnectionDto {
  const { id, name, type, spec, secrets, ownerId, shared, version, createdAt, updatedAt } = connection;
  return {
    id,
    name,
    type,
    spec,
    secrets,
    owner_id: ownerId,
    shared,
    version,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  };
}
