import { ApiProperty } from '@nestjs/swagger';
import type { ProviderDefinition } from '../sdk/index.js';
import { kindOf } from './connection-kinds.js';
import { connectionSchema, halfSchema, type JsonSchema, wholeSchema } from './schemas.js';

const SCHEMA = { type: 'object', additionalProperties: true } as const;

export class TargetCapabilitiesDto {
  @ApiProperty({ description: 'refuses instances that were replaced' })
  readonly fencing!: boolean;

  @ApiProperty({ description: 'states the count of servers that it is heading for' })
  readonly states_desired!: boolean;

  @ApiProperty({ description: 'may grant a part of what is asked for' })
  readonly partial!: boolean;

  @ApiProperty({ description: 'changes a count only if it is still the one that was read' })
  readonly compare_and_set!: boolean;
}

export class ProviderTargetDto {
  @ApiProperty({ ...SCHEMA, description: 'JSON Schema of `provider.target` of a cluster' })
  readonly schema!: JsonSchema;

  @ApiProperty({ type: TargetCapabilitiesDto })
  readonly capabilities!: TargetCapabilitiesDto;
}

export class MetricsCapabilitiesDto {
  @ApiProperty({ description: 'counts requests of the whole cluster, also while it has no server' })
  readonly totals!: boolean;
}

export class ProviderMetricsDto {
  @ApiProperty({ ...SCHEMA, description: 'JSON Schema of `provider.metrics` of a cluster' })
  readonly schema!: JsonSchema;

  @ApiProperty({ type: MetricsCapabilitiesDto })
  readonly capabilities!: MetricsCapabilitiesDto;
}

export class PastedConnectionDto {
  @ApiProperty({ example: 'kubeconfig', description: 'what `spec` may say in the place of its fields' })
  readonly field!: string;

  @ApiProperty({ example: 'Kubeconfig' })
  readonly title!: string;

  @ApiProperty()
  readonly description!: string;
}

export class ProviderConnectionDto {
  @ApiProperty({ example: 'prometheus', description: '`type` of the stored connections that clusters name' })
  readonly type!: string;

  @ApiProperty({ ...SCHEMA, description: 'JSON Schema of `spec` of such a connection' })
  readonly schema!: JsonSchema;

  @ApiProperty({ type: PastedConnectionDto, nullable: true, description: 'a text that is taken, too' })
  readonly pasted!: PastedConnectionDto | null;
}

export class ProviderDto {
  @ApiProperty({ example: 'simulator' })
  readonly type!: string;

  @ApiProperty({ example: 'Simulated cloud' })
  readonly title!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Servers that exist only here, to try a policy. You can start load spikes and crash servers.',
    description: 'what it is, for the reader who has to choose; null: a plugin does not say',
  })
  readonly summary!: string | null;

  @ApiProperty({ example: 1, description: 'of the contract between the service and its providers' })
  readonly api_version!: number;

  @ApiProperty({ description: 'polls many clusters with one request' })
  readonly batching!: boolean;

  @ApiProperty({ type: [String], description: 'what a connection needs beside its fields' })
  readonly secrets!: readonly string[];

  @ApiProperty({
    type: ProviderConnectionDto,
    nullable: true,
    description: 'null: a cluster says itself where the provider is reached',
  })
  readonly connection!: ProviderConnectionDto | null;

  @ApiProperty({
    ...SCHEMA,
    nullable: true,
    description: 'JSON Schema of `provider` of a cluster that has its servers and its metrics here; null: not possible',
  })
  readonly schema!: JsonSchema | null;

  @ApiProperty({ type: ProviderTargetDto, nullable: true })
  readonly target!: ProviderTargetDto | null;

  @ApiProperty({ type: ProviderMetricsDto, nullable: true })
  readonly metrics!: ProviderMetricsDto | null;
}

export class ProviderListDto {
  @ApiProperty({ type: [ProviderDto] })
  readonly providers!: readonly ProviderDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}

export function providerToDto(definition: ProviderDefinition): ProviderDto {
  const { type, title, summary = null, apiVersion, batching = false, connection, target, metrics } = definition;
  const { fencing = false, statesDesired = false, partial = false, compareAndSet = false } = target?.capabilities ?? {};
  const [targetSchema, metricsSchema] = [halfSchema(definition, 'target'), halfSchema(definition, 'metrics')];
  return {
    type,
    title,
    summary,
    api_version: apiVersion,
    batching,
    secrets: connection.secrets ?? [],
    connection: connection.named === true ? connectionToDto(definition) : null,
    schema: wholeSchema(definition),
    target:
      targetSchema === null
        ? null
        : {
            schema: targetSchema,
            capabilities: { fencing, states_desired: statesDesired, partial, compare_and_set: compareAndSet },
          },
    metrics:
      metricsSchema === null
        ? null
        : { schema: metricsSchema, capabilities: { totals: metrics?.capabilities.totals ?? false } },
  };
}

function connectionToDto(definition: ProviderDefinition): ProviderConnectionDto {
  const { pasted } = definition.connection;
  return {
    type: kindOf(definition),
    schema: connectionSchema(definition),
    pasted: pasted === undefined ? null : { field: pasted.field, title: pasted.title, description: pasted.description },
  };
}
