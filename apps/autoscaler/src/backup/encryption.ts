import { Readable } from 'node:stream';
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { OperationalError } from '../operational.error.js';

const IDENTITY = /^AGE-SECRET-KEY-/i;
const RECIPIENT = /^age1/;

/**
 * Encrypts in the age format (age-encryption.org/v1), which the age program reads as well.
 *
 * @param key an identity (`AGE-SECRET-KEY-1…`), a recipient (`age1…`, encrypts only), or otherwise a passphrase
 * @throws OperationalError if the key looks like an age key and is invalid
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
 * The reverse of `encrypted`. Every chunk is authenticated before it is emitted, and a truncated file fails at its end.
 *
 * @throws OperationalError if the key is wrong, or the file is not an age file
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
  // age's message may contain the key.
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
