import { expect, it } from '@jest/globals';
import type { Seen } from '../baselines/seen.js';
import { SloController } from './controller.js';
import { MOST_SERVERS } from './experts.js';

it('run no shadow fleet above 20,000 servers, whatever saturation may hide', () => {
  const active = 19_000;
  const seenAt = (minute: number, cpu: number): Seen => ({
    at: minute * 60_000,
    tickSeconds: 60,
    cpu,
    served: cpu * active,
    active,
    provisioning: 0,
    min: 1,
    max: 100_000,
    leadSeconds: 300,
  });
  const controller = new SloController({ violations: 0.01, maxUtilization: 0.9 }, seenAt(0, 0.8));
  let highest = 0;
  for (let minute = 0; minute < 200; minute++) {
    controller.desired(seenAt(minute, minute % 40 < 30 ? 0.8 : 1));
    highest = Math.max(highest, ...controller.experts.desired);
    expect(Math.min(...controller.experts.desired)).toBeGreaterThan(0);
  }
  expect(highest).toBe(MOST_SERVERS);
});
