import { ApiProperty } from '@nestjs/swagger';

/** The worst of a cluster's active alerts, service level and condition. */
export class ClusterStateDto {
  @ApiProperty({
    enum: ['ok', 'attention', 'critical'],
    description:
      '`critical`: the service cannot do its work, or servers are full and none is added; `attention`: needs attention; ' +
      '`ok`: nothing to do. A list of clusters shows `critical` and `attention` under "Needs attention", in this order',
  })
  readonly level!: 'ok' | 'attention' | 'critical';

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'scaling_failed',
    description:
      'code of the worst active alert, or `error` (its provider cannot be used), `silent` (no instance ticks it) or ' +
      '`promise_broken` (more requests were slow or failed than the policy promises); null while the level is `ok`',
  })
  readonly code!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'The provider refused 12 more servers: no capacity.',
    description: 'one sentence for people',
  })
  readonly message!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'since when; null where not known' })
  readonly since!: string | null;
}
