import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, IsString } from 'class-validator';
import type { FoundAutoscaler, FoundWorkload } from '#providers';

/** A label of DNS. */
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
export const NAMESPACE = new RegExp(`^${LABEL}$`);
/** Namespaces of one request. */
const MOST_NAMESPACES = 20;

export class WorkloadListQuery {
  @ApiPropertyOptional({
    type: String,
    pattern: `^${LABEL}(,${LABEL}){0,${MOST_NAMESPACES - 1}}$`,
    example: 'shop,web',
    description: 'only in these namespaces, with commas between them; needed where rights are for single namespaces',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? namesIn(value) : value))
  @IsArray()
  @ArrayMaxSize(MOST_NAMESPACES)
  @IsString({ each: true })
  readonly namespace?: readonly string[];
}

export class WorkloadRequestsDto {
  @ApiProperty({ type: Number, nullable: true, example: 500, description: 'thousandths of a core' })
  readonly cpu_millis!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 512 })
  readonly memory_mib!: number | null;
}

export class WorkloadConditionDto {
  @ApiProperty({ example: 'ScalingActive' })
  readonly type!: string;

  @ApiProperty({ type: Boolean, nullable: true, description: 'null: not known' })
  readonly is_true!: boolean | null;

  @ApiProperty({ example: 'ValidMetricFound' })
  readonly reason!: string;

  @ApiProperty()
  readonly message!: string;
}

export class WorkloadScaledByDto {
  @ApiProperty({ example: 'HorizontalPodAutoscaler web' })
  readonly by!: string;

  @ApiProperty({ type: [String], description: 'further autoscalers of the same workload' })
  readonly others!: readonly string[];

  @ApiProperty({ example: 2 })
  readonly min_servers!: number;

  @ApiProperty({ example: 20 })
  readonly max_servers!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'what it wants now; null while it does not know' })
  readonly desired!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly current!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 60, description: 'percent of the CPU request' })
  readonly cpu_target!: number | null;

  @ApiProperty({ type: [String], example: ['memory at 80 % of the request'], description: 'what else it goes by' })
  readonly metrics!: readonly string[];

  @ApiProperty({ type: [WorkloadConditionDto] })
  readonly conditions!: readonly WorkloadConditionDto[];
}

export class WorkloadClusterDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'shop/web' })
  readonly name!: string;
}

export class WorkloadDto {
  @ApiProperty({ example: 'shop' })
  readonly namespace!: string;

  @ApiProperty({ example: 'Deployment' })
  readonly kind!: string;

  @ApiProperty({ example: 'web' })
  readonly name!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: '`provider` of a cluster that is made of it, without type and connection',
  })
  readonly target!: object;

  @ApiProperty({ type: Number, nullable: true, example: 3 })
  readonly desired!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 3, description: 'null: not stated there' })
  readonly ready!: number | null;

  @ApiProperty({ type: WorkloadRequestsDto, nullable: true, description: 'of one server' })
  readonly requests!: WorkloadRequestsDto | null;

  @ApiProperty({ type: WorkloadScaledByDto, nullable: true, description: 'the autoscaler that acts on it today' })
  readonly scaled_by!: WorkloadScaledByDto | null;

  @ApiProperty({ type: WorkloadClusterDto, nullable: true, description: 'the cluster of it, if you may read that' })
  readonly cluster!: WorkloadClusterDto | null;

  @ApiProperty({ type: String, nullable: true, description: 'why the service does not scale it' })
  readonly refused!: string | null;
}

export class WorkloadListDto {
  @ApiProperty({ type: [WorkloadDto], description: 'by namespace, kind and name; at most 5,000' })
  readonly workloads!: readonly WorkloadDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiProperty({ description: 'there are more; name a namespace' })
  readonly truncated!: boolean;

  @ApiProperty({
    type: [String],
    example: ['list deployments.apps in all namespaces'],
    description: 'rights whose lack leaves something out',
  })
  readonly missing!: readonly string[];
}

export function workloadToDto(workload: FoundWorkload, cluster: WorkloadClusterDto | null): WorkloadDto {
  const { namespace, kind, name, target, desired, ready, requests, scaledBy, refused } = workload;
  return {
    namespace,
    kind,
    name,
    target,
    desired,
    ready,
    requests: requests === null ? null : { cpu_millis: requests.cpuMillis, memory_mib: requests.memoryMiB },
    scaled_by: scaledBy === null ? null : scaledByToDto(scaledBy),
    cluster,
    refused,
  };
}

function scaledByToDto(autoscaler: FoundAutoscaler): WorkloadScaledByDto {
  const { by, others, min, max, desired, current, cpuTarget, metrics, conditions } = autoscaler;
  return {
    by,
    others,
    min_servers: min,
    max_servers: max,
    desired,
    current,
    cpu_target: cpuTarget,
    metrics,
    conditions: conditions.map(({ type, isTrue, reason, message }) => ({ type, is_true: isTrue, reason, message })),
  };
}

function namesIn(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
