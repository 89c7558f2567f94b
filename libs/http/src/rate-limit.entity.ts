import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Requests of a client within its window; read and written by rate-limiter-flexible. */
@Entity('rate_limits')
export class RateLimitEntity {
  @PrimaryColumn('character varying', { length: 255 })
  key!: string;

  @Column('integer', { default: 0 })
  points!: number;

  /** Milliseconds since the Unix epoch. */
  @Column('bigint', { nullable: true })
  expire!: string | null;
}
