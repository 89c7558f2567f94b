import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

export class AlertWebhookRequest {
  @ApiProperty({
    example: 'https://hooks.example.com/autoscaler',
    minLength: 1,
    maxLength: 2000,
    description: 'http or https; its server must be in `alerts.allowed_urls` of the configuration',
  })
  @IsString()
  @Length(1, 2000)
  readonly url!: string;
}

export class AlertWebhookDto {
  @ApiProperty({ example: 'https://hooks.example.com/autoscaler' })
  readonly url!: string;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;
}

export class AlertWebhookStateDto {
  @ApiProperty({ type: AlertWebhookDto, nullable: true, description: 'null: no webhook' })
  readonly webhook!: AlertWebhookDto | null;
}

export class CreatedAlertWebhookDto {
  @ApiProperty({ type: AlertWebhookDto })
  readonly webhook!: AlertWebhookDto;

  @ApiProperty({
    example: 'bTq0x1…',
    description:
      'signing secret: `x-autoscaler-signature` is `sha256=` and the HMAC-SHA256 in hex of `x-autoscaler-timestamp`, a dot and the body. Not shown again',
  })
  readonly secret!: string;
}
