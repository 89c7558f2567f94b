import { describe, expect, it } from '@jest/globals';
import { durationDraw, durationMs } from './durations.js';

describe('durationMs', () => {
  it.each([
    [30, 30_000],
    [0, 0],
    [0.5, 500],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['30', null],
    ['', null],
    ['soon', null],
    [-1, null],
    [Number.NaN, null],
    [null, null],
    [{}, null],
  ])('reads %j as %j ms', (value, ms) => {
    expect(durationMs(value)).toBe(ms);
  });
});

describe('durationDraw', () => {
  it.each([
    ['120s', { kind: 'fixed', ms: 120_000 }],
    ['90s..2m', { kind: 'uniform', minMs: 90_000, maxMs: 120_000 }],
    ['2m~20%', { kind: 'lognormal', medianMs: 120_000, spread: 0.2 }],
    ['2m..90s', null],
    ['1s..2s..3s', null],
    ['2m~', null],
    ['soon~20%', null],
    ['', null],
    [120, null],
  ])('reads %j', (text, draw) => {
    expect(durationDraw(text)).toEqual(draw);
  });
});
