import { describe, expect, it } from '@jest/globals';
import { BINS, binOf } from './bins.js';
import { Denoiser } from './denoiser.js';
import { Growth } from './growth.js';
import { History } from './history.js';
import { Outlook, Scale } from './outlook.js';
import { Trust } from './trust.js';

const DAY = 1440;
const SPREAD = 0.5;

/** Demand of 10 servers' worth, and of about 4,000 with a small probability. */
function withFarTail(most: number): Outlook {
  const scale = new Scale(1);
  scale.set(Math.log(11), SPREAD);
  const outlook = new Outlook(scale);
  outlook.shape[binOf(0)] = 0.999;
  outlook.shape[binOf(Math.log(4001 / 11) / SPREAD)]! += 0.001;
  outlook.set(most);
  return outlook;
}

describe('the bound on planned demand', () => {
  const DEAR = 5000;

  it('holds at every price, and marks a model that exceeds it', () => {
    expect(withFarTail(20_000).cheapest(DEAR)).toBeGreaterThan(3000);
    const bounded = withFarTail(50);
    for (const price of [0.1, 1, 64, DEAR, 1e9]) expect(bounded.cheapest(price)).toBeLessThanOrEqual(50);
    expect(bounded.isBeyondBound(DEAR)).toBe(true);
    expect(bounded.isBeyondBound(1)).toBe(false);
    expect(withFarTail(20_000).isBeyondBound(DEAR)).toBe(false);
    expect(bounded.quantile(0.9999)).toBe(50);
  });

  it('changes no plan below it', () => {
    for (const price of [0.1, 1, 8]) expect(withFarTail(50).cheapest(price)).toBe(withFarTail(20_000).cheapest(price));
  });

  it('is the plan if the model expects nothing below it', () => {
    const scale = new Scale(0.5);
    scale.set(Math.log(1001), SPREAD);
    const outlook = new Outlook(scale);
    outlook.shape.fill(1 / BINS);
    outlook.set(1e-3);
    expect(outlook.cheapest(8)).toBe(1);
  });

  it('counts as a miss of a model that exceeds it, whatever the outcome', () => {
    const trust = new Trust();
    const quantiles = Float32Array.of(10, 20, 30);
    for (let step = 0; step < DAY; step++) trust.settle(quantiles, 0, 5, DAY, false);
    expect(trust.demoted).toBe(false);
    for (let step = 0; step < DAY; step++) trust.settle(quantiles, 0, 5, DAY, true);
    expect(trust.demoted).toBe(true);
  });

  it('is based on the highest demand of two weeks', () => {
    const history = new History(60);
    history.push(80);
    for (let step = 0; step < 13 * DAY; step++) history.push(10);
    expect(history.highestKnown()).toBeCloseTo(80, 1);
    for (let step = 0; step < DAY; step++) history.push(10);
    expect(history.highestKnown()).toBeCloseTo(10, 1);
  });
});

describe('steps without data', () => {
  it('do not show whether demand outgrew full servers', () => {
    const growth = new Growth(2);
    const history = new History(60);
    const step = (demand: number, saturated: boolean): void => {
      history.push(demand);
      growth.step(demand, saturated, history);
    };
    step(10, true);
    const before = growth.factor;
    growth.skip();
    for (let minute = 0; minute < 4; minute++) step(90, false);
    expect(growth.factor).toBe(before);
  });

  it('interrupt the smoothing of demand', () => {
    const denoiser = new Denoiser();
    for (let minute = 0; minute < 200; minute++) denoiser.push(10);
    denoiser.skip();
    expect(denoiser.push(40)).toBe(10);
    expect(denoiser.push(40)).toBe(40);
  });
});
