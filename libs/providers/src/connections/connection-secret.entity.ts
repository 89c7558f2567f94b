import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A secret of a connection, encrypted; see `SecretBox`. */
@Entity('connection_secrets')
export class ConnectionSecretEntity {
  @PrimaryColumn('uuid', { name: 'connection_id' })
  connectionId!: string;

  @PrimaryColumn('text')
  name!: string;

  /** Which key of the installation encrypts `wrappedKey`. */
  @Column('text', { name: 'key_id' })
  keyId!: string;

  @Column('bytea', { name: 'wrapped_key' })
  wrappedKey!: Buffer;

  @Column('bytea')
  value!: Buffer;
}
