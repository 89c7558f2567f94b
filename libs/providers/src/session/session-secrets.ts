import type { Connection, Secrets } from '../connections/connection.js';
import { ProviderError } from '../sdk/index.js';

/** Where the secrets of stored connections come from. */
export interface SecretSource {
  /** @throws ProviderError */
  of(connection: Connection): Promise<Secrets>;
}

const MASK = '********';
/** Shorter secrets are not masked: they could be part of an ordinary word. */
const LEAST_MASKED = 4;

/** The secrets of one session: read when it first needs one, and kept out of what it says. */
export class SessionSecrets {
  readonly names: ReadonlySet<string>;
  private values: Promise<Secrets> | null = null;
  /** Longest first, so that none is left in parts by a shorter one. */
  private forms: readonly string[] = [];

  constructor(
    private readonly stored: Connection | null,
    private readonly source: SecretSource,
  ) {
    this.names = new Set(stored?.secrets);
  }

  /** Whether what libraries throw may hold one. */
  get any(): boolean {
    return this.names.size > 0;
  }

  /** @throws ProviderError `unauthorized` where it was not given */
  async get(name: string): Promise<string> {
    const value = this.names.has(name) ? (await this.read()).get(name) : undefined;
    if (value === undefined) throw new ProviderError('unauthorized', `the secret ${name} is not given`);
    return value;
  }

  /** The text without the secrets, however they were encoded in it. */
  masked(text: string): string {
    return this.forms.reduce((left, form) => left.replaceAll(form, MASK), text);
  }

  private async read(): Promise<Secrets> {
    const { stored } = this;
    if (stored === null) return new Map();
    this.values ??= this.source.of(stored).then(
      (values) => {
        this.forms = [...values.values()].flatMap(formsOf).toSorted((one, other) => other.length - one.length);
        return values;
      },
      (error: unknown) => {
        this.values = null;
        throw error;
      },
    );
    return this.values;
  }
}

/** The forms of a secret that a message may contain: unchanged, line by line, in JSON, in a URL, in Base64 or hexadecimal. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const plain = [secret, secret.trim(), ...lines, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  const encoded = [...base64Forms(secret), ...base64Forms(secret.trim()), Buffer.from(secret, 'utf8').toString('hex')];
  return [...new Set([...plain, ...encoded])].filter((form) => form.length >= LEAST_MASKED && !isMarker(form));
}

/** As it stands in Base64, alone or within a longer text such as `user:password`: by how many bytes are before and after it. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Characters that other bytes have a part in are left out.
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const forms = [text.slice(start), text.slice(start).replace(/=+$/, ''), text.slice(start, end)];
    return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
  });
}

/** What every key of a kind has in common says nothing of this one. */
function isMarker(line: string): boolean {
  return /^-----(BEGIN|END) [A-Z ]+-----$/.test(line);
}
