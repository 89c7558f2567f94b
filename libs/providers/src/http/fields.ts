import { z } from '../sdk/index.js';

/** Characters of certificates or a key in PEM; bundles of certificate authorities are some 200 KB. */
const LONGEST_PEM = 500_000;
const LONGEST_URL = 2000;

/** Base URL of a connection: http or https, with a path if need be. It becomes one without a slash at its end. */
export function baseUrl(title: string, description: string, example: string) {
  return z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
    .max(LONGEST_URL)
    .refine(isBase, { error: 'must have no user name, password, query or fragment' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ title, description, examples: [example] });
}

function isBase(url: string): boolean {
  const { username, password, search, hash } = new URL(url);
  return `${username}${password}${search}${hash}` === '';
}

export function certificates(title: string, description: string) {
  return z
    .string()
    .max(LONGEST_PEM)
    .regex(/-----BEGIN CERTIFICATE-----/, { error: 'must be certificates in PEM' })
    .optional()
    .meta({ title, description });
}

export const SERVER_NAME = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, { error: 'must be a host name' })
  .optional()
  .meta({ title: 'Name in the certificate', description: 'if it is not the host of the URL' });
