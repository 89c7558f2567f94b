import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';

export class FreezeRequest {
  @ApiPropertyOptional({ example: 'metrics of region eu-1 are wrong', description: 'shown with every decision' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  readonly reason?: string;
}

export class FreezeDto {
  @ApiProperty({ format: 'date-time' })
  readonly frozen_at!: string;

  @ApiProperty({ example: 'ada' })
  readonly by!: string;

  @ApiProperty({ type: String, nullable: true, example: 'metrics of region eu-1 are wrong' })
  readonly reason!: string | null;
}

export class FreezeStateDto {
  @ApiProperty({ type: FreezeDto, nullable: true, description: 'null while clusters may be scaled' })
  readonly freeze!: FreezeDto | null;
}

/** Held removals of several clusters: removed together, they look like a broken metric source. */
export class HeldRemovalsDto {
  @ApiProperty({ example: 'http://127.0.0.1:9000' })
  readonly endpoint!: string;

  @ApiProperty({ example: 12, description: 'clusters that would each lose more than a quarter of their servers' })
  readonly clusters!: number;

  @ApiProperty({ format: 'date-time', description: 'since when the first of them is held' })
  readonly since!: string;
}

export class ReleaseRemovalsRequest {
  @ApiPropertyOptional({ example: 'http://127.0.0.1:9000', description: 'only those of this endpoint' })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  readonly endpoint?: string;
}

export class ReleasedRemovalsDto {
  @ApiProperty({ example: 12, description: 'clusters whose removals are carried out with their next tick' })
  readonly released!: number;
}
