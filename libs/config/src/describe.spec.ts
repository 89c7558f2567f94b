import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeConfig, documentConfig } from './describe.js';
import { keysOf } from './keys.js';
import { loadConfig } from './load.js';

describe('printing a configuration', () => {
  it('shows each value with its source, and no secret', () => {
    const printed = describeConfig(
      loadConfig({
        file: 'config/config.prod.yaml',
        env: {
          AUTOSCALER_API_PORT: '81',
          AUTOSCALER_TRACING_ENDPOINT: 'https://user:hunter2@sim.example',
          ALLOWED_ORIGIN: 'https://a.example',
          DB_HOST: 'db',
          DB_PASSWORD: 'pD2kdkw93kfK',
          JWT_SECRET: 'oPbVYvK2Xz0m3m1b1wWqKq7uJtSgEw9d',
          AUTOSCALER_API_JWT_VERIFICATION_SECRETS: 'Lr8sD0yQn5cUeA2hTfZ6xMjKi9oWbV1g',
        },
      }),
    );
    expect(printed).toContain('\n  port: 81 # $AUTOSCALER_API_PORT\n');
    expect(printed).toContain('\n  jwt_secret: ******** # config/config.prod.yaml ($JWT_SECRET)\n');
    expect(printed).toContain(
      '\n    allowed_origins: [https://a.example] # config/config.prod.yaml ($ALLOWED_ORIGIN)\n',
    );
    expect(printed).toContain('\n  jwt_verification_secrets: ******** # $AUTOSCALER_API_JWT_VERIFICATION_SECRETS\n');
    expect(printed).toContain('\n  timeout: 2s # default\n');
    expect(printed).toContain('\n  retention:\n    samples: 30d # default\n');
    for (const secret of ['qqqq', 'zzzz', 'pD2kdkw93kfK', 'hunter2']) expect(printed).not.toContain(secret);
  });

  it('quotes anything but plain words', () => {
    const env = { AUTOSCALER_DATABASE_USER: 'a\nb: # c' };
    expect(describeConfig(loadConfig({ env }))).toContain('\n  user: "a\\nb: # c" # $AUTOSCALER_DATABASE_USER\n');
  });
});

describe('docs/configuration.md', () => {
  it('matches the schema (npm run docs:config)', () => {
    // Prettier pads the tables.
    const squeeze = (text: string) => text.replaceAll(/\s+/g, '').replaceAll(/-+/g, '-');
    expect(squeeze(readFileSync('docs/configuration.md', 'utf8'))).toContain(squeeze(documentConfig()));
  });

  it('has a description and the allowed values for every key', () => {
    for (const { key, description, allowed } of keysOf()) {
      expect([key, description, allowed]).toEqual([key, expect.stringMatching(/.{5}/), expect.stringMatching(/./)]);
    }
  });
});
