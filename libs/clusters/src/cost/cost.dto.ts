import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isISO4217CurrencyCode, ValidateBy, ValidateIf } from 'class-validator';
import type { Cost } from './cost.js';

const LEAST = 0.000_001;
const MOST = 1_000_000;

/** One rule, so that a wrong value is reported once. */
const IsPrice = (): PropertyDecorator =>
  ValidateBy({
    name: 'isPrice',
    validator: {
      validate: (value) => typeof value === 'number' && value >= LEAST && value <= MOST,
      defaultMessage: () => `per_server_hour must be a number from ${LEAST} to ${MOST}`,
    },
  });

const IsCurrency = (): PropertyDecorator =>
  ValidateBy({
    name: 'isCurrency',
    validator: {
      validate: (value) => isISO4217CurrencyCode(value) && value === (value as string).toUpperCase(),
      defaultMessage: () => 'currency must be a code of ISO 4217 in three capital letters, such as EUR',
    },
  });

/** In requests: both fields, or none of them. */
export class CostDto {
  @ApiPropertyOptional({ example: 0.192, minimum: LEAST, maximum: MOST })
  @ValidateIf(isStated)
  @IsPrice()
  readonly per_server_hour?: number;

  @ApiPropertyOptional({ example: 'USD', pattern: '^[A-Z]{3}$', description: 'ISO 4217' })
  @ValidateIf(isStated)
  @IsCurrency()
  readonly currency?: string;
}

/** In responses. */
export class StatedCostDto {
  @ApiProperty({ example: 0.192 })
  readonly per_server_hour!: number;

  @ApiProperty({ example: 'USD', description: 'ISO 4217' })
  readonly currency!: string;
}

export class MoneyDto {
  @ApiProperty({ example: 1.92 })
  readonly amount!: number;

  @ApiProperty({ example: 'USD', description: 'ISO 4217' })
  readonly currency!: string;
}

function isStated({ per_server_hour: price, currency }: CostDto): boolean {
  return price !== undefined || currency !== undefined;
}

/** @returns `null` for an empty object */
export function costFromWire({ per_server_hour: perServerHour, currency }: CostDto): Cost | null {
  return perServerHour === undefined || currency === undefined ? null : { perServerHour, currency };
}

/** @returns `null` where the cost is not stated */
export function costToWire(cost: Cost | null | undefined): StatedCostDto | null {
  return cost === null || cost === undefined ? null : { per_server_hour: cost.perServerHour, currency: cost.currency };
}
