import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { type HttpOptions, ProviderError } from '../sdk/index.js';
import { ForbiddenAddressError, isForbiddenHost, type Lookup, lookupAllowed } from './forbidden-addresses.js';

const CONNECT_TIMEOUT_MS = 5000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export type TlsOptions = Pick<HttpOptions, 'ca' | 'cert' | 'key' | 'serverName'>;

/**
 * Makes the function with which undici opens sockets: it resolves the name, checks the address and connects to it.
 *
 * @throws ProviderError `refused` if a certificate or the key is invalid
 */
export function guardedConnector(tls: TlsOptions, lookup: Lookup = lookupAllowed): buildConnector.connector {
  checkTls(tls);
  const { serverName, ...certificates } = tls;
  const connect = buildConnector({
    ...certificates,
    ...(serverName === undefined ? {} : { servername: serverName }),
    lookup,
    timeout: CONNECT_TIMEOUT_MS,
    // The number of sockets limits concurrency; HTTP/2 would multiplex requests on each.
    allowH2: false,
  });
  return (options, callback) => {
    // Node calls `lookup` for names only, not for IP addresses in the URL.
    if (isForbiddenHost(options.hostname)) callback(new ForbiddenAddressError(), null);
    else connect(options, callback);
  };
}

/** OpenSSL silently ignores an invalid CA, and its other messages are obscure. */
function checkTls({ ca, cert, key }: TlsOptions): void {
  if (ca !== undefined) checkCertificates('ca', ca);
  if (cert !== undefined) checkCertificates('cert', cert);
  if ((cert === undefined) !== (key === undefined))
    throw new ProviderError('refused', 'a client certificate needs both cert and key');
  try {
    createSecureContext(cert === undefined ? {} : { cert, key });
  } catch {
    // No cause: an error of OpenSSL must not carry key material into a log.
    throw new ProviderError('refused', 'key is not the private key of cert, in PEM and without a passphrase');
  }
}

function checkCertificates(name: string, pem: string): void {
  const found = pem.match(CERTIFICATE) ?? [];
  const isValid = found.every((one) => {
    try {
      return new X509Certificate(one).subject !== null;
    } catch {
      return false;
    }
  });
  if (found.length === 0 || !isValid) throw new ProviderError('refused', `${name} must be certificates in PEM`);
}
