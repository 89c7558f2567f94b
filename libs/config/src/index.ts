export { Clock, SystemClock } from './clock.js';
export { APP_CONFIG, ConfigModule } from './config.module.js';
export { describeConfig, documentConfig } from './describe.js';
export { parseDecimal } from './decimal.js';
export { DURATION_FORM, DURATION_PATTERN, formatDuration, parseDuration } from './duration.js';
export { ConfigError, type ConfigFault } from './faults.js';
export { configOf, loadConfig, type LoadedConfig, secretVariables } from './load.js';
export type { AppConfig } from './schema.js';
export { VERSION } from './version.js';
