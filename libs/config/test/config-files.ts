import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../src/faults.js';
import { loadConfig } from '../src/load.js';

type Env = Readonly<Record<string, string>>;

/** A folder with the configuration file of one test. */
export class ConfigFiles {
  readonly folder = mkdtempSync(join(tmpdir(), 'config-'));

  load(yaml: string, env: Env = {}): ReturnType<typeof loadConfig> {
    const file = join(this.folder, 'config.yaml');
    writeFileSync(file, yaml);
    return loadConfig({ file, env });
  }

  faultsOf(yaml: string, env: Env = {}): string[] {
    try {
      this.load(yaml, env);
    } catch (error) {
      if (error instanceof ConfigError) return error.faults.map(({ key, problem }) => `${key} ${problem}`);
      throw error;
    }
    return [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
