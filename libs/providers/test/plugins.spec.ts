import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppConfig, ConfigError, configOf } from '#config';
import { builtInProviders } from '../src/registry/built-in.js';
import { loadProviders } from '../src/registry/load-providers.js';
import { conformanceCases, type Harness } from '../src/sdk/conformance/index.js';
import type { ProviderCluster, ProviderDefinition } from '../src/sdk/index.js';

const EXAMPLE = './examples/provider-file/index.js';

interface FileState {
  readonly desired: number;
  readonly limit?: number;
  readonly servers: readonly { readonly id: string; readonly state: string; readonly cpu?: number }[];
}

function withPlugins(...plugins: string[]): AppConfig {
  return configOf({ 'providers.plugins': plugins });
}

async function faultsOf(...plugins: string[]): Promise<string> {
  const error: unknown = await loadProviders(withPlugins(...plugins)).catch((reason: unknown) => reason);
  if (!(error instanceof ConfigError)) throw new Error(`not refused: ${String(error)}`);
  return error.message;
}

describe('plugins', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plugins-spec-'));
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    process.env['PROVIDER_FILE_FOLDER'] = folder;
  });
  afterAll(async () => {
    delete process.env['PROVIDER_FILE_FOLDER'];
    await rm(folder, { recursive: true });
  });

  async function module(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it('are loaded beside the providers that come with the service', async () => {
    const registry = await loadProviders(withPlugins(EXAMPLE));
    const types = [...builtInProviders(configOf({})).map(({ type }) => type), 'file'];
    expect(registry.all().map(({ type }) => type)).toEqual(types.toSorted());
  });

  it('that are not there, are no provider, or break, are named together', async () => {
    const [empty, broken] = [
      await module('empty.js', 'export const provider = {};'),
      await module('broken.js', 'throw new Error("no licence");'),
    ];
    const faults = await faultsOf(EXAMPLE, './nowhere.js', empty, broken, EXAMPLE);
    expect(faults).toContain('4 faults');
    expect(faults).toMatch(/providers\.plugins names "\.\/nowhere\.js", which cannot be loaded: /);
    expect(faults).toContain(`"${empty}", which cannot be loaded: its default export is no provider`);
    expect(faults).toContain(`"${broken}", which cannot be loaded: no licence`);
    expect(faults).toContain('names a second provider of the type "file"');
  });

  it('are files: a folder is refused with what to name instead', async () => {
    expect(await faultsOf('./examples/provider-file')).toContain('it is a folder; name the file of the module');
  });

  it('for another version of the contract are refused', async () => {
    const path = await module('next.js', 'export default { type: "next", apiVersion: 2, open() {} };');
    expect(await faultsOf(path)).toContain('it is for version 2 of the provider API; this service has version 1');
  });

  describe('such as the example', () => {
    let provider: ProviderDefinition;
    beforeAll(async () => {
      provider = (await loadProviders(withPlugins(EXAMPLE))).all().find(({ type }) => type === 'file')!;
    });

    const clusterOf = (id: string): ProviderCluster => ({ id, target: {}, metrics: {}, fence: null });
    let made = 0;

    async function start(): Promise<Harness> {
      const id = `web-${(made += 1)}`;
      const path = join(folder, `${id}.json`);
      const change = async (next: (state: FileState) => FileState): Promise<void> =>
        writeFile(path, JSON.stringify(next(JSON.parse(await readFile(path, 'utf8')) as FileState)));
      const servers = ['a', 'b'].map((name) => ({ id: name, state: 'ACTIVE', cpu: 40 }));
      await writeFile(path, JSON.stringify({ desired: 2, servers }));
      return {
        session: await provider.open({}, {} as never),
        cluster: clusterOf(id),
        unknown: clusterOf('unknown'),
        now: () => Date.now(),
        // What starts servers for it.
        settle: async () =>
          change((state) => ({ ...state, servers: state.servers.map((one) => ({ ...one, state: 'ACTIVE' })) })),
        async trouble(kind) {
          if (kind === 'refuse') await change((state) => ({ ...state, limit: 2 }));
          if (kind !== 'unreachable') return;
          await rm(path);
          await mkdir(path);
        },
        close: async () => undefined,
      };
    }

    it('is what docs/providers.md shows', async () => {
      const [shown, code] = [await readFile('docs/providers.md', 'utf8'), await readFile(EXAMPLE, 'utf8')];
      expect(shown).toContain(`\`\`\`js\n${code}\`\`\``);
    });

    it('does what every provider must', async () => {
      const cases = conformanceCases(provider, start, { without: ['hang'] });
      expect(cases.length).toBeGreaterThan(10);
      for (const { name, run } of cases) {
        await run().catch((error: unknown) => {
          throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
        });
      }
    });
  });
});
