import { Clock, SystemClock } from '#config';
import type { Decision } from '#engine';
const clock: Clock = new SystemClock();
console.log(clock.now(), undefined as Decision | undefined);
