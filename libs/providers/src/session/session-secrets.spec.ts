import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Connection } from '../connections/connection.js';
import { ProviderError, type Session } from '../sdk/index.js';
import { OpenedSession } from './opened.session.js';
import { SessionSecrets } from './session-secrets.js';

const CALL = { signal: new AbortController().signal };
const CLUSTER = { id: 'web', target: {}, metrics: {}, fence: null };
const STORED = { name: 'prod', secrets: ['token'] } as unknown as Connection;
/** Longer than what an ordinary message has by chance. */
const SECRET = fc.string({ unit: 'grapheme', minLength: 12, maxLength: 60 }).filter((text) => text.trim().length >= 12);

function secretsOf(value: string): SessionSecrets {
  return new SessionSecrets(STORED, { of: async () => new Map([['token', value]]) });
}

/** All that the service gets to see of a session that failed. */
async function visibleText(value: string, session: Partial<Session>): Promise<string> {
  const secrets = secretsOf(value);
  const opened = new OpenedSession(async () => {
    await secrets.get('token');
    return { read: async () => new Map(), close: async () => undefined, ...session };
  }, secrets);
  const outcomes = [
    await opened.read([CLUSTER], CALL).then(
      (readings) =>
        [...readings.values()].flatMap((one) => (one instanceof ProviderError ? [one] : [one.servers, one.samples])),
      (error: unknown) => [error],
    ),
    await opened.setDesired(CLUSTER, 3, CALL).catch((error: unknown) => [error]),
  ].flat();
  return outcomes.map((error) => [error, (error as Error).cause].map(textOf).join('\n')).join('\n');
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
}

describe('a secret', () => {
  it.each<[string, (secret: string) => string]>([
    ['unchanged', (secret) => secret],
    ['in Base64', (secret) => Buffer.from(secret).toString('base64')],
    ['in a URL', (secret) => encodeURIComponent(secret)],
    ['in JSON', (secret) => JSON.stringify(secret)],
  ])('is in no error of a library that quotes it %s', async (_name, quoted) => {
    await fc.assert(
      fc.asyncProperty(SECRET, async (secret) => {
        const thrown = (): Error => new Error(`401 for Bearer ${quoted(secret)}!`, { cause: new Error(secret) });
        const provided = (): ProviderError =>
          new ProviderError('unauthorized', `bad ${quoted(secret)}`, { cause: thrown() });
        const sessions: Partial<Session>[] = [
          { read: async () => Promise.reject(thrown()), setDesired: async () => Promise.reject(thrown()) },
          {
            read: async () => new Map([['web', provided()]]),
            setDesired: async () => Promise.reject(provided()),
          },
          {
            read: async () => new Map([['web', { at: 0, servers: provided(), samples: provided() }]]),
            ensure: async () => Promise.reject(thrown()),
            setDesired: async () => Promise.reject(new ProviderError('not_found', secret)),
          },
        ];
        for (const session of sessions) {
          const text = await visibleText(secret, session);
          expect(text).toContain('********');
          expect(text).not.toContain(quoted(secret));
          expect(text).not.toContain(secret);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each(['', 'u', 'us', 'ada'])('is not in the credentials of the user "%s"', async (user) => {
    const secrets = secretsOf('s3cr3t-enough');
    await secrets.get('token');
    const credentials = `${user}:s3cr3t-enough`;
    const quoted = ['base64', 'base64url'] as const;
    for (const encoding of quoted) {
      const encoded = Buffer.from(credentials).toString(encoding);
      const masked = secrets.masked(`Authorization: Basic ${encoded}`);
      const left = masked.replace('Authorization: Basic ', '').split('********');
      expect(left).toHaveLength(2);
      expect(Buffer.from(left[0]!, 'base64').toString()).not.toContain('s3');
      expect(left[1]).toBe('');
    }
  });

  it('is in nothing that a reading says in words', async () => {
    const secret = 's3cr3t-enough';
    const secrets = secretsOf(secret);
    const words = `${'x'.repeat(290)} Bearer ${secret}`;
    const servers = [{ id: 'a', state: 'PROVISIONING', waitsFor: words }] as const;
    const opened = new OpenedSession(async () => {
      await secrets.get('token');
      return {
        read: async () =>
          new Map([['web', { at: 0, servers, samples: [], incomplete: words, blocked: { by: words, reason: words } }]]),
        setDesired: async () => ({ servers, desired: 1 }),
        close: async () => undefined,
      };
    }, secrets);
    const outcomes = [await opened.read([CLUSTER], CALL), await opened.setDesired(CLUSTER, 1, CALL)];
    const shown = JSON.stringify(outcomes.map((one) => (one instanceof Map ? [...one.values()] : one)));
    expect(shown).not.toContain('s3');
    expect(shown.match(/\*\*/g)).toHaveLength(5);
  });

  it('is not left in part where a message is cut', async () => {
    const secret = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(5);
    const text = await visibleText(secret, {
      read: async () => Promise.reject(new Error('x'.repeat(280) + secret)),
      setDesired: async () => Promise.reject(new Error('x'.repeat(280) + secret)),
    });
    expect(text).not.toContain('abcdef');
  });

  it('of several lines is in no message in which a line of it stands', async () => {
    const key =
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEA\n-----END PRIVATE KEY-----\n';
    const secrets = secretsOf(key);
    await secrets.get('token');
    expect(secrets.masked('bad line BAQEFAASCBKcwggSjAgEA of a -----BEGIN PRIVATE KEY-----')).toBe(
      'bad line ******** of a -----BEGIN PRIVATE KEY-----',
    );
  });

  it('that was not given is an error with its name', async () => {
    await expect(secretsOf('some-secret').get('password')).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'the secret password is not given',
    });
  });

  it('is read once for a session, and again where that failed', async () => {
    let reads = 0;
    const secrets = new SessionSecrets(STORED, {
      of: async () => {
        reads += 1;
        if (reads === 1) throw new ProviderError('unreachable', 'no database');
        return new Map([['token', 'some-secret']]);
      },
    });
    await expect(secrets.get('token')).rejects.toThrow('no database');
    expect([await secrets.get('token'), await secrets.get('token')]).toEqual(['some-secret', 'some-secret']);
    expect(reads).toBe(2);
  });
});
