import { readdirSync } from 'node:fs';

const libs = readdirSync(new URL('libs', import.meta.url));

/** Settings of all projects. */
const base = {
  testEnvironment: '<rootDir>/jest.environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['<rootDir>/jest.setup.js'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    // Our libs by name, because packages have imports of this form, too.
    [`^#(${libs.join('|')})$`]: '<rootDir>/libs/$1/src/index.ts',
    '^#(config|database)/testing$': '<rootDir>/libs/$1/src/testing.ts',
    '^@autoscaler/provider-sdk$': '<rootDir>/libs/providers/src/sdk/index.ts',
    '^#providers/sdk$': '<rootDir>/libs/providers/src/sdk/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

/** @returns a configuration of Jest for tests of one kind */
export function configOfTests(...projects) {
  return {
    projects: projects.map((project) => ({ ...base, ...project })),
    // Database tests boot a real TimescaleDB; on a busy machine that alone takes longer than Jest's default of five seconds.
    testTimeout: 120_000,
    maxWorkers: 2,
    // Hundreds of suites leave modules behind in a process; it is replaced before they are many.
    workerIdleMemoryLimit: '1GB',
  };
}

/** @type {import('jest').Config} */
export default configOfTests(
  {
    displayName: 'unit',
    roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/bench'],
    testRegex: '/(src|bench)/.*\\.spec\\.ts$',
  },
  {
    // Several parts of a lib together: on a real TimescaleDB, over loopback, or for days of a scenario.
    displayName: 'integration',
    roots: ['<rootDir>/apps', '<rootDir>/libs'],
    testRegex: '/test/.*\\.(spec|e2e-spec)\\.ts$',
  },
  {
    // Start the programs as a user does; page tests run in Chromium.
    displayName: 'e2e',
    roots: ['<rootDir>/test'],
    testRegex: '\\.(spec|e2e-spec)\\.ts$',
  },
);
