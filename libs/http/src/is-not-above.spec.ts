import { describe, expect, it } from '@jest/globals';
import { IsInt } from 'class-validator';
import { IsNotAbove } from './is-not-above.js';
import { validationPipe } from './validation.pipe.js';

class Bounds {
  @IsInt()
  @IsNotAbove('max')
  readonly min!: number;

  @IsInt()
  readonly max!: number;
}

async function details(value: object): Promise<unknown> {
  return validationPipe()
    .transform(value, { type: 'body', metatype: Bounds })
    .then(
      () => [],
      (error: { details: unknown }) => error.details,
    );
}

describe('a number that must not be above another one', () => {
  it.each([
    [{ min: 2, max: 2 }, []],
    [{ min: 3, max: 2 }, [{ field: 'min', error: 'min (3) must not be greater than max (2)' }]],
    // A missing or wrong one is reported as such, and only so.
    [{ min: 3 }, [{ field: 'max', error: 'max must be an integer number' }]],
    [{ min: 3, max: 'two' }, [{ field: 'max', error: 'max must be an integer number' }]],
  ])('%j', async (value, expected) => {
    expect(await details(value)).toEqual(expected);
  });
});
