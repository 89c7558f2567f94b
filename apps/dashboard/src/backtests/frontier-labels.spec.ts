import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Box, type Named, placed } from './frontier-labels';

const area: Box = { left: 56, right: 400, top: 0, bottom: 318 };
const widthOf = (label: string): number => 7 * label.length;

function named(x: number, y: number, label: string, weight = 1): Named {
  return { x, y, label, weight };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

describe('labels of points', () => {
  it('are beside their points, to the left where there is no room to the right', () => {
    const [first, last] = placed([named(100, 100, 'first'), named(390, 200, 'last')], { area, taken: [], widthOf });
    expect(first).toMatchObject({ toLeft: false, y: 100, lead: null });
    expect(last).toMatchObject({ toLeft: true, y: 200, lead: null });
  });

  it('keep away from a line and from each other, and are led to their points', () => {
    const line = { left: 56, right: 400, top: 90, bottom: 110 };
    const [label] = placed([named(100, 100, 'on the line')], { area, taken: [line], widthOf });
    expect(label?.box.bottom).toBeLessThanOrEqual(90);
    expect(label?.lead).not.toBeNull();
  });

  it('of more important points are placed first; those without room are left out', () => {
    const tight = { ...area, top: 90, bottom: 110 };
    const points = [named(200, 100, 'of a baseline', 4), named(200, 100, 'of a policy', 1)];
    expect(placed(points, { area: tight, taken: [], widthOf }).map((label) => label !== null)).toEqual([true, true]);
    const crowded = [...points, named(200, 100, 'of another', 5)];
    expect(placed(crowded, { area: tight, taken: [], widthOf }).at(-1)).toBeNull();
  });

  it('never overlap, wherever the points are', () => {
    const point = fc.record({
      x: fc.integer({ min: 56, max: 400 }),
      y: fc.integer({ min: 14, max: 318 }),
      label: fc.string({ minLength: 1, maxLength: 30 }),
      weight: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 20 }), (points) => {
        const boxes = placed(points, { area, taken: [], widthOf }).flatMap((label) => label?.box ?? []);
        boxes.forEach((one, index) => {
          expect(one.left).toBeGreaterThanOrEqual(area.left);
          expect(one.right).toBeLessThanOrEqual(area.right);
          for (const other of boxes.slice(index + 1)) expect(overlap(one, other)).toBe(false);
        });
      }),
    );
  });
});
