import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { type Detail, DETAILS } from './interest.js';

/** Longer than the id of any event. */
const LONGEST_ID = 256;

/** Events of one cluster, in full. */
export class SubscribeDto {
  @IsUUID()
  readonly cluster_id!: string;

  /** The id of the last event that the client has heard: what came after it is sent first. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_ID)
  readonly last_event_id?: string;
}

/** No more events of one cluster. */
export class UnsubscribeDto {
  @IsUUID()
  readonly cluster_id!: string;
}

/** Events of all clusters that the account may see, those to come too. */
export class SubscribeAllDto {
  @IsOptional()
  @IsIn(DETAILS)
  readonly detail?: Detail;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_ID)
  readonly last_event_id?: string;
}
