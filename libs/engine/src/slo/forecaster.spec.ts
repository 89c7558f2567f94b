import { describe, expect, it } from '@jest/globals';
import { Forecaster } from './forecaster.js';

const STEP_SECONDS = 60;
const HORIZON = 3;

/**
 * 10 servers' worth, `peak` in the minute at half past each hour, and a little noise, so that models cannot fit
 * exactly.
 */
function demandAt(now: number, peak: number): number {
  return (now % 60 === 30 ? peak : 10) * (1 + 0.01 * Math.sin(now * 12.9898));
}

/** After that many days of this load, at a minute of the hour. */
function taught(days: number, peak: number, minute: number): Forecaster {
  const forecaster = new Forecaster(STEP_SECONDS, 0.9, HORIZON);
  for (let now = 0; now <= days * 1440 + minute; now++) {
    forecaster.step(demandAt(now, peak), now, 4);
  }
  return forecaster;
}

describe('the forecast for the step in which new servers start to help', () => {
  it('leaves out a peak that ends before that, unlike the highest demand', () => {
    const [{ highest, last }] = taught(4, 30, 29).prospects;
    expect(highest.quantile(0.5)).toBeGreaterThan(25);
    expect(last.quantile(0.5)).toBeLessThan(15);
  });

  it('contains a peak in that step', () => {
    const [{ highest, last }] = taught(4, 30, 30 - HORIZON).prospects;
    expect(highest.quantile(0.5)).toBeGreaterThan(25);
    expect(last.quantile(0.5)).toBeGreaterThan(15);
  });

  it('has a median that is hardly above that of the highest demand', () => {
    const forecaster = new Forecaster(STEP_SECONDS, 0.9, HORIZON);
    let most = 0;
    for (let now = 0; now < 3 * 1440; now++) {
      forecaster.step(demandAt(now, 20), now, 4);
      const [{ highest, last }] = forecaster.prospects;
      if (now > 1440) most = Math.max(most, last.quantile(0.5) / highest.quantile(0.5));
    }
    expect(most).toBeLessThan(1.1);
  });
});
