import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { type Detail, DETAILS } from './interest.js';

/** Longer than the id of any event. */
const LONGEST_ID = 256;

/** Events of one cluster, in full. */
export class SubscribeDto {
  @IsUUID()
  readonly cluster_id!: string;

  /** The id of the last event that the client received: later ones are sent first. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_ID)
  readonly last_event_id?: string;
}

/** Unsubscribes from one cluster. */
export class UnsubscribeDto {
  @IsUUID()
  readonly cluster_id!: string;
}

/** Events of all clusters that the account may see, new ones too. */
export class SubscribeAllDto {
  @IsOptional()
  @IsIn(DETAILS)
  readonly detail?: Detail;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_ID)
  readonly last_event_id?: string;
}
