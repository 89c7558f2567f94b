// The allowed imports between folders; `npm run check:modules` fails on any other.
const MAY_IMPORT = {
  engine: [],
  world: ['engine'],
  config: [],
  tracing: [],
  database: ['config'],
  http: ['config', 'tracing'],
  auth: ['config', 'tracing', 'database', 'http'],
  providers: ['config', 'database', 'http', 'auth', 'engine'],
  clusters: ['config', 'database', 'http', 'auth', 'engine', 'providers'],
  metrics: ['config', 'database', 'http', 'auth', 'engine', 'clusters'],
  partitions: ['config', 'database'],
  scaler: [
    'config',
    'tracing',
    'database',
    'http',
    'auth',
    'engine',
    'world',
    'providers',
    'clusters',
    'metrics',
    'partitions',
  ],
  backtests: ['config', 'database', 'http', 'auth', 'engine', 'world', 'clusters', 'metrics', 'scaler'],
  history: ['config', 'http', 'auth', 'engine', 'clusters', 'metrics', 'scaler'],
  keda: ['config', 'clusters', 'providers', 'scaler'],
  live: ['config', 'database', 'http', 'auth', 'clusters', 'scaler'],
  health: ['config', 'database', 'http', 'auth', 'partitions', 'scaler'],
};
const PURE = '^libs/(engine|world)/src/';
const ENTRIES = [
  '^libs/[^/]+/src/index\\.ts$',
  '^libs/(config|database)/src/testing\\.ts$',
  '^libs/database/src/migrated-dump\\.ts$',
  '^libs/providers/src/sdk/index\\.ts$',
];
const TESTS = '\\.(spec|e2e-spec)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([lib, allowed]) => ({
      name: `directions-of-${lib}`,
      severity: 'error',
      from: { path: `^libs/${lib}/src/`, pathNot: TESTS },
      to: { path: '^libs/', pathNot: `^libs/(${[lib, ...allowed].join('|')})/` },
    })),
    {
      name: 'libs-know-no-app',
      severity: 'error',
      from: { path: '^(libs|migrations)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'simulator-knows-world-and-config',
      severity: 'error',
      from: { path: '^apps/simulator/', pathNot: TESTS },
      to: { path: '^libs/', pathNot: '^libs/(world|config|http)/' },
    },
    {
      name: 'the-page-knows-nothing-of-the-server',
      comment: 'The page knows only the API document, which its client is generated from.',
      severity: 'error',
      from: { path: '^apps/dashboard/' },
      to: { path: '^(apps|libs|migrations|bench|test)/', pathNot: '^apps/dashboard/' },
    },
    {
      name: 'the-server-knows-nothing-of-the-page',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '^apps/dashboard/' },
      to: { path: '^apps/dashboard/' },
    },
    {
      name: 'enter-by-the-index',
      comment: 'A lib is imported through its index.ts only; the database also through its entry points for tests.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/$1/', ...ENTRIES] },
    },
    {
      name: 'apps-enter-by-the-index',
      severity: 'error',
      from: { path: '^(apps|bench|test|migrations)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ENTRIES },
    },
    {
      name: 'pure-means-no-packages',
      comment: 'Pure code does not use a clock, a disk or the network.',
      severity: 'error',
      from: { path: PURE, pathNot: TESTS },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'] },
    },
    {
      name: 'the-provider-sdk-knows-zod-alone',
      comment: 'Plugins import the SDK, which is published separately from the service.',
      severity: 'error',
      from: { path: '^libs/providers/src/sdk/', pathNot: TESTS },
      to: { pathNot: ['^libs/providers/src/sdk/', '^node_modules/zod/'] },
    },
    {
      name: 'the-command-line-loads-what-it-runs',
      comment: 'Commands are imported on demand; imports of the CLI itself delay even `--help`.',
      severity: 'error',
      from: { path: '^apps/autoscaler/src/(main|cli/cli)\\.ts$' },
      to: {
        path: '^(apps|libs)/',
        pathNot: '^apps/autoscaler/src/cli/cli\\.ts$',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          TESTS,
          '\\.d\\.ts$',
          '^migrations/',
          'worker\\.ts$',
          '^apps/dashboard/vite',
          '^apps/dashboard/public/',
        ],
      },
      to: {},
    },
    {
      name: 'production-code-needs-no-dev-package',
      severity: 'error',
      // Packages of the page are bundled by its build.
      from: { path: '^(apps|libs)/', pathNot: [TESTS, 'testing\\.ts$', '/test/', '^apps/dashboard/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|apps/dashboard/src/generated)/' },
    // `#lib` resolves to files of the build; this configuration maps it to their sources.
    tsConfig: { fileName: 'tsconfig.modules.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default'] },
  },
};
