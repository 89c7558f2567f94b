import { describe, expect, it } from '@jest/globals';
import { Forecaster } from './forecaster.js';

const STEP_SECONDS = 60;
const HORIZON = 3;

/** 10 servers' worth, but `peak` in the minute at half past each hour, and a little noise, so that nothing is told apart that is not. */
function demandAt(now: number, peak: number): number {
  return (now % 60 === 30 ? peak : 10) * (1 + 0.01 * Math.sin(now * 12.9898));
}

/** After so many days of that, at a minute of the hour. */
function taught(days: number, peak: number, minute: number): Forecaster {
  const forecaster = new Forecaster(STEP_SECONDS, 0.9, HORIZON);
  for (let now = 0; now <= days * 1440 + minute; now++) {
    forecaster.step(demandAt(now, peak), now, 4);
  }
  return forecaster;
}

describe('what is expected of the step in which new servers begin to help', () => {
  it('leaves out a peak that comes and goes before that, which the highest does not', () => {
    const [{ highest, last }] = taught(4, 30, 29).prospects;
    expect(highest.quantile(0.5)).toBeGreaterThan(25);
    expect(last.quantile(0.5)).toBeLessThan(15);
  });

  it('has a peak that comes with it', () => {
    const [{ highest, last }] = taught(4, 30, 30 - HORIZON).prospects;
    expect(highest.quantile(0.5)).toBeGreaterThan(25);
    expect(last.quantile(0.5)).toBeGreaterThan(15);
  });

  it('is never more than the highest by much, as a median', () => {
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
