import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from './virtual-time.js';

describe('VirtualTime', () => {
  it('runs faster by its speed, and converts back', () => {
    const time = VirtualTime.started(1_000_000, 60);
    expect(time.at(1_000_000)).toBe(1_000_000);
    expect(time.at(1_002_000)).toBe(1_120_000);
    expect(time.realOf(1_120_000)).toBe(1_002_000);
  });

  it('stands still when the real clock goes back', () => {
    const time = VirtualTime.started(1000, 10);
    expect(time.at(2000)).toBe(11_000);
    expect(time.at(1500)).toBe(11_000);
  });

  it('stands still while the process is not running, and keeps the real times before', () => {
    const first = VirtualTime.started(0, 10);
    const second = VirtualTime.resumed(first.snapshot(1000), 50_000, 2);
    expect(second.at(50_000)).toBe(10_000);
    expect(second.at(51_000)).toBe(12_000);
    expect(second.realOf(5000)).toBe(500);
    expect(second.realOf(12_000)).toBe(51_000);
    const third = VirtualTime.resumed(second.snapshot(51_000), 90_000, 1);
    expect(third.realOf(5000)).toBe(500);
    expect(third.realOf(11_000)).toBe(50_500);
    expect(third.at(90_001)).toBe(12_001);
  });

  it('gives the virtual times of real ones, before its start and in interruptions, too', () => {
    const first = VirtualTime.started(1000, 10);
    expect([0, 1000, 1500].map((real) => first.virtualOf(real))).toEqual([-9000, 1000, 6000]);
    const second = VirtualTime.resumed(first.snapshot(2000), 50_000, 2);
    expect([0, 2000, 30_000, 50_000, 51_000].map((real) => second.virtualOf(real))).toEqual([
      -9000, 11_000, 11_000, 11_000, 13_000,
    ]);
  });
});
