import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { EmbeddedDatabase } from '#database/testing';

const CERTIFICATES = fileURLToPath(new URL('./certificates/', import.meta.url));

/** The authority that signed the certificate of `TlsDatabase`, which is for the name `localhost` only. */
export const AUTHORITY = join(CERTIFICATES, 'authority.pem');
/** Another authority. */
export const STRANGER = join(CERTIFICATES, 'stranger.pem');

/** The first message of a client that wants TLS (PostgreSQL documentation, "SSLRequest"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** A TimescaleDB that is reached over TCP and requires TLS, as in production. It serves one connection at a time. */
export interface TlsDatabase {
  readonly port: number;
  /** Connection parameters; any password is accepted. */
  readonly user: string;
  readonly name: string;
  /** Encrypted connections: in total, currently open, and the maximum open at a time. */
  readonly encrypted: { total: number; open: number; most: number };
  /** Stops answering on open connections, like a host that was switched off. */
  mute(): void;
  /** Closes the open connections. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Starts an empty one on loopback, in memory. */
export async function startTlsDatabase(): Promise<TlsDatabase> {
  const [key, cert] = await Promise.all(
    ['server.key', 'server.pem'].map(async (name) => readFile(join(CERTIFICATES, name))),
  );
  const embedded = await EmbeddedDatabase.start({ dataDir: 'memory' });
  const { host, port, user, database: name } = embedded.connection;
  const open = new Set<Socket>();
  const secured = new Map<TLSSocket, Socket>();
  const encrypted = { total: 0, open: 0, most: 0 };
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      if (!first.equals(SSL_REQUEST)) {
        socket.end(fatal('28000', 'no pg_hba.conf entry for this client, no encryption'));
        return;
      }
      socket.write('S');
      const secure = new TLSSocket(socket, { isServer: true, key: key!, cert: cert! });
      secure.on('error', () => socket.destroy());
      secure.once('secure', () => {
        encrypted.total += 1;
        encrypted.open += 1;
        encrypted.most = Math.max(encrypted.most, encrypted.open);
        const inner = connect(join(host, `.s.PGSQL.${port}`));
        inner.on('error', () => secure.destroy()).on('close', () => secure.destroy());
        secured.set(secure, inner);
        secure.once('close', () => {
          secured.delete(secure);
          encrypted.open -= 1;
          inner.destroy();
        });
        secure.pipe(inner).pipe(secure);
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hangUp = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    user,
    name,
    encrypted,
    mute: () => {
      for (const [secure, inner] of secured) secure.unpipe(inner).resume();
    },
    hangUp,
    close: async () => {
      const closed = once(server.close(), 'close');
      hangUp();
      await closed;
      await embedded.stop();
    },
  };
}

function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
