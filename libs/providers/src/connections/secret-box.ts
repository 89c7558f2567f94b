import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A stored secret: encrypted with a data key of its own, which is encrypted with a key of the installation. */
export interface SealedSecret {
  readonly keyId: string;
  readonly wrappedKey: Buffer;
  readonly value: Buffer;
}

/** Which secret it is. A sealed secret in the place of another one does not open. */
export interface SecretPlace {
  readonly connectionId: string;
  readonly name: string;
}

/** A secret that cannot be decrypted. */
export class SealedError extends Error {}

/** A key of the installation. */
export class MasterKey {
  /** Follows from the key, so that all instances name the same key alike, and does not reveal it. */
  readonly id: string;
  private readonly key: Buffer;

  constructor(secret: string) {
    this.id = createHmac('sha256', secret).update('autoscaler secrets key id').digest('base64url').slice(0, 12);
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'autoscaler secrets key', KEY_BYTES));
  }

  seal(text: string, place: SecretPlace): SealedSecret {
    const dataKey = randomBytes(KEY_BYTES);
    return { ...this.wrap(dataKey, place), value: encrypt(dataKey, Buffer.from(text, 'utf8'), boundTo(place)) };
  }

  /** @throws SealedError where it was changed, moved, or sealed with another key */
  open(sealed: SealedSecret, place: SecretPlace): string {
    return decrypt(this.unwrap(sealed, place), sealed.value, boundTo(place)).toString('utf8');
  }

  /** Encrypts a data key. */
  wrap(dataKey: Buffer, place: SecretPlace): Pick<SealedSecret, 'keyId' | 'wrappedKey'> {
    return { keyId: this.id, wrappedKey: encrypt(this.key, dataKey, boundTo(place, this.id)) };
  }

  /** The data key. @throws SealedError like `open` */
  unwrap({ wrappedKey }: SealedSecret, place: SecretPlace): Buffer {
    return decrypt(this.key, wrappedKey, boundTo(place, this.id));
  }
}

function boundTo({ connectionId, name }: SecretPlace, keyId = ''): Buffer {
  return Buffer.from(JSON.stringify([connectionId, name, keyId]), 'utf8');
}

/** The stored form: initialization vector, authentication tag, ciphertext. */
function encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(bound);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
}

function decrypt(key: Buffer, stored: Buffer, bound: Buffer): Buffer {
  try {
    const decipher = createDecipheriv(CIPHER, key, stored.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(bound).setAuthTag(stored.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(stored.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SealedError('the stored secret was changed, or sealed with another key');
  }
}
