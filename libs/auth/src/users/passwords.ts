import argon2 from 'argon2';

const MIN_LENGTH = 8;
/** Enough for any passphrase, and a bound on what hashing may cost. */
const MAX_LENGTH = 128;

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. */
const ARGON2ID = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A hash of an unknown password, checked for unknown users, so that both cases take equally long. */
let decoy: Promise<string> | undefined;

interface PasswordRule {
  readonly holds: (password: string) => boolean;
  readonly rule: string;
  /** What it must contain, for the hint. */
  readonly part?: string;
}

const RULES: readonly PasswordRule[] = [
  { holds: (password) => password.length >= MIN_LENGTH, rule: `password must have at least ${MIN_LENGTH} characters` },
  { holds: (password) => password.length <= MAX_LENGTH, rule: `password must have at most ${MAX_LENGTH} characters` },
  contains(/\p{Lu}/u, 'an uppercase letter'),
  contains(/\p{Ll}/u, 'a lowercase letter'),
  contains(/\d/, 'a number'),
  contains(/[^\p{L}\p{N}]/u, 'a special character'),
];

function contains(pattern: RegExp, part: string): PasswordRule {
  return { holds: (password) => pattern.test(password), rule: `password must contain ${part}`, part };
}

/** All rules in one sentence, for the API document and the hints of forms. */
export const PASSWORD_HINT = `at least ${MIN_LENGTH} characters with ${new Intl.ListFormat('en-GB').format(
  RULES.flatMap(({ part }) => part ?? []),
)}`;

/** Every rule that a new password breaks. */
export function unmetPasswordRules(password: string): string[] {
  return RULES.filter(({ holds }) => !holds(password)).map(({ rule }) => rule);
}

export async function hashPassword(password: string): Promise<string> {
  return argon2.hash(password, ARGON2ID);
}

/** @param hash `undefined` when there is no such user, which takes as long and is never right */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword(crypto.randomUUID());
  const matches = await argon2.verify(hash ?? (await decoy), password.slice(0, MAX_LENGTH + 1));
  return hash !== undefined && matches;
}
