import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsOptional, IsString, Matches } from 'class-validator';
import { IsPart } from '#http';
import { ClusterDto, clusterToDto, CreateClusterDto } from '../cluster.dto.js';
import { NAMESPACE } from './workload.dto.js';
import type { Imported } from './workload-import.js';

/** Clusters that one request creates. */
const MOST_CHOSEN = 200;
/** What names of Kubernetes consist of. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/;
const WORD_MESSAGE = '$property must consist of letters, digits and . _ : -, and begin with a letter or digit';

export class ChosenWorkloadDto {
  @ApiProperty({ example: 'shop' })
  @IsString()
  @Matches(NAMESPACE, { message: 'namespace must be the name of a namespace' })
  readonly namespace!: string;

  @ApiProperty({ example: 'Deployment' })
  @IsString()
  @Matches(WORD, { message: WORD_MESSAGE })
  readonly kind!: string;

  @ApiProperty({ example: 'web' })
  @IsString()
  @Matches(WORD, { message: WORD_MESSAGE })
  readonly name!: string;

  @ApiPropertyOptional({ example: 'apps', description: 'needed where several groups have the kind' })
  @IsOptional()
  @IsString()
  @Matches(WORD, { message: WORD_MESSAGE })
  readonly group?: string;
}

export class ImportWorkloadsDto {
  @ApiProperty({ type: [ChosenWorkloadDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_CHOSEN)
  @IsPart(() => ChosenWorkloadDto, { each: true })
  readonly workloads!: readonly ChosenWorkloadDto[];

  @ApiPropertyOptional({ default: false, description: 'show the definitions, and create nothing' })
  @IsOptional()
  @IsBoolean()
  readonly dry_run?: boolean;
}

export class ImportedWorkloadDto {
  @ApiProperty({ type: ChosenWorkloadDto })
  readonly workload!: ChosenWorkloadDto;

  @ApiProperty({ type: ClusterDto, nullable: true, description: 'null: it was skipped, or nothing was to be created' })
  readonly cluster!: ClusterDto | null;

  @ApiProperty({ type: CreateClusterDto, nullable: true, description: 'as in `POST /clusters`; null: it was skipped' })
  readonly definition!: CreateClusterDto | null;

  @ApiProperty({ type: String, nullable: true, example: 'It is registered already, as the cluster "shop/web".' })
  readonly skipped!: string | null;

  @ApiProperty({ type: [String], description: 'what was not taken over from the autoscaler, or had to be assumed' })
  readonly notes!: readonly string[];
}

export class ImportResultDto {
  @ApiProperty({ type: [ImportedWorkloadDto], description: 'in the order of the request' })
  readonly clusters!: readonly ImportedWorkloadDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}

export function importToDto(imported: readonly Imported[]): ImportResultDto {
  return {
    clusters: imported.map(({ cluster, ...rest }) => ({
      ...rest,
      cluster: cluster === null ? null : clusterToDto(cluster),
    })),
    count: imported.length,
  };
}
