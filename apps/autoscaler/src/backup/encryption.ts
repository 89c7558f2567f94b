import { Readable } from 'node:stream';
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { OperationalError } from '../operational.error.js';

const IDENTITY = /^AGE-SECRET-KEY-/i;
const RECIPIENT = /^age1/;

/**
 * Encrypts to the format of age (age-encryption.org/v1), which the program of that name reads as well.
 *
 * @param key an identity (`AGE-SECRET-KEY-1…`), a recipient (`age1…`, which can encrypt only), or else a passphrase
 * @throws OperationalError when the key looks like one of age and is none
 */
export async function encrypted(plain: Readable, key: string): Promise<Readable> {
  const encrypter = new Encrypter();
  try {
    if (IDENTITY.test(key)) encrypter.addRecipient(await identityToRecipient(key));
    else if (RECIPIENT.test(key)) encrypter.addRecipient(key);
    else encrypter.setPassphrase(key);
  } catch (error) {
    throw invalidKey(error);
  }
  return toNode(await encrypter.encrypt(toWeb(plain)));
}

/**
 * The reverse of `encrypted`. Every chunk is authenticated before it comes out, and a file that was cut short fails at its end.
 *
 * @throws OperationalError when the key is not the one, or the file is none of age's
 */
export async function decrypted(secret: Readable, key: string): Promise<Readable> {
  if (RECIPIENT.test(key)) {
    throw new OperationalError(
      'backup.key is a recipient (age1…), which can only encrypt; restore with the identity that it belongs to (AGE-SECRET-KEY-1…)',
    );
  }
  const decrypter = new Decrypter();
  try {
    if (IDENTITY.test(key)) decrypter.addIdentity(key);
    else decrypter.addPassphrase(key);
  } catch (error) {
    throw invalidKey(error);
  }
  try {
    return toNode(await decrypter.decrypt(toWeb(secret)));
  } catch (error) {
    throw new OperationalError(`the backup cannot be decrypted with backup.key: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function invalidKey(error: unknown): OperationalError {
  // What age says of a key may repeat the key.
  return new OperationalError('backup.key looks like an age key but is not a valid one', {
    cause: (error as Error).name,
  });
}

function toWeb(stream: Readable): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as globalThis.ReadableStream<Uint8Array>;
}

function toNode(stream: globalThis.ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(stream);
}
