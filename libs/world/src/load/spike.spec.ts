import { describe, expect, it } from '@jest/globals';
import { type Spike, spikeEndsAt, spikeShareAt, withSpikes } from './spike.js';

const spike: Spike = { startAt: 1000, rampUpMs: 100, durationMs: 500, rampDownMs: 200, peakLoad: 300 };

describe('spike', () => {
  it('ramps up, holds and ramps down', () => {
    const at = [999, 1000, 1050, 1100, 1499, 1600, 1650, 1700, 5000];
    expect(at.map((time) => spikeShareAt(spike, time))).toEqual([0, 0, 0.5, 1, 1, 0.5, 0.25, 0, 0]);
    expect(spikeEndsAt(spike)).toBe(1700);
  });

  it('starts and ends at once without ramps', () => {
    const block = { ...spike, rampUpMs: 0, rampDownMs: 0 };
    expect([999, 1000, 1499, 1500].map((time) => spikeShareAt(block, time))).toEqual([0, 1, 1, 0]);
  });

  it('raises the load to its peak, for any pattern', () => {
    expect([1000, 1050, 1200, 1700].map((time) => withSpikes(100, [spike], time))).toEqual([100, 200, 300, 100]);
  });

  it('never lowers the load, and the highest of several applies', () => {
    expect(withSpikes(400, [spike], 1200)).toBe(400);
    expect(withSpikes(100, [spike, { ...spike, peakLoad: 250 }], 1200)).toBe(300);
  });
});
