import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig, freshSecret, keptSecret } from '#config';
import { ConflictError } from '#http';
import { MasterKey, SealedError, type SealedSecret, type SecretPlace } from './secret-box.js';

const FILE = 'secrets-key';

/** The keys of the installation: one encrypts secrets, the others only decrypt. */
@Injectable()
export class SecretKeys {
  private readonly previous: readonly MasterKey[];
  private found: MasterKey | null = null;

  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'app' | 'database'>) {
    this.previous = config.app.secretsPreviousKeys.map((secret) => new MasterKey(secret));
  }

  /** @throws ConflictError where the installation has no key */
  seal(text: string, place: SecretPlace): SealedSecret {
    return this.current().seal(text, place);
  }

  /** @throws SealedError where its key is not known */
  open(sealed: SealedSecret, place: SecretPlace): string {
    return this.keyOf(sealed).open(sealed, place);
  }

  /** The same secret under the current key; `null` where it is. @throws SealedError like `open`; ConflictError like `seal` */
  renew(sealed: SealedSecret, place: SecretPlace): SealedSecret | null {
    const current = this.current();
    if (sealed.keyId === current.id) return null;
    const dataKey = this.keyOf(sealed).unwrap(sealed, place);
    return { ...sealed, ...current.wrap(dataKey, place) };
  }

  private current(): MasterKey {
    this.found ??= new MasterKey(this.secret());
    return this.found;
  }

  private secret(): string {
    const { app, database } = this.config;
    if (app.secretsKey !== '') return app.secretsKey;
    if (app.mode === 'production')
      throw new ConflictError(
        'secrets_key_missing',
        'no secret is stored: app.secrets_key is not set. Make a key with `openssl rand -base64 32`, set app.secrets_key to it (AUTOSCALER_APP_SECRETS_KEY, or a file that AUTOSCALER_APP_SECRETS_KEY_FILE names), and restart the service',
      );
    if (database.dataDir === 'memory') return freshSecret();
    const { file, secret } = keptSecret({ database }, FILE);
    if (secret === null)
      throw new ConflictError(
        'secrets_key_missing',
        `no secret is stored: no usable key can be kept in ${file}. Remove the file, make its folder writable, or set app.secrets_key to what \`openssl rand -base64 32\` prints`,
      );
    return secret;
  }

  private keyOf({ keyId }: SealedSecret): MasterKey {
    const key = [this.currentOrNull(), ...this.previous].find((known) => known?.id === keyId) ?? null;
    if (key === null)
      throw new SealedError(
        `it was encrypted with the key ${keyId}, which is not set; add that key to app.secrets_previous_keys`,
      );
    return key;
  }

  private currentOrNull(): MasterKey | null {
    try {
      return this.current();
    } catch (error) {
      if (error instanceof ConflictError) return null;
      throw error;
    }
  }
}
