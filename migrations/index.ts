import { InitialSchema1767225600000 } from './1767225600000-initial-schema.js';
import { ServiceLevel1767400000000 } from './1767400000000-service-level.js';
import { Backtests1795478400000 } from './1795478400000-backtests.js';

/** All migrations, oldest first. Named one by one, so that a build can neither miss one nor pick up a stray file. */
export const MIGRATIONS = [InitialSchema1767225600000, ServiceLevel1767400000000, Backtests1795478400000];
