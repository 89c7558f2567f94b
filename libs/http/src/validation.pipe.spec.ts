import { describe, expect, it } from '@jest/globals';
import { PartialType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsInt, IsOptional, IsString } from 'class-validator';
import fc from 'fast-check';
import { AppError } from './app-error.js';
import { IsPart } from './is-part.js';
import { validationPipe } from './validation.pipe.js';

/** Number of objects that were created from the request. */
let made = 0;

class ItemDto {
  constructor() {
    made += 1;
  }

  @IsInt()
  readonly size!: number;
}

class BodyDto {
  constructor() {
    made += 1;
  }

  @IsString()
  readonly name!: string;

  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(3)
  @IsPart(() => ItemDto, { each: true })
  readonly items?: readonly ItemDto[];

  @IsOptional()
  @IsString({ each: true })
  readonly words?: readonly string[];

  @IsOptional()
  @IsPart(() => ItemDto)
  readonly part?: ItemDto;
}

class ChangeDto extends PartialType(BodyDto) {}

async function sent(body: unknown, metatype: new () => object = BodyDto): Promise<unknown> {
  made = 0;
  return (await validationPipe().transform(body, { type: 'body', metatype })) as unknown;
}

async function refused(body: unknown, metatype?: new () => object): Promise<AppError> {
  const error: unknown = await sent(body, metatype).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`not refused, or not as it should be: ${String(error)}`);
  return error;
}

const item = (size: unknown): object => ({ size });

describe('validation of requests', () => {
  it('passes what its class declares', async () => {
    const body = { name: 'a', items: [item(1), item(2)], words: ['x'], part: item(3) };
    expect(await sent(body)).toEqual(body);
    expect(made).toBe(4);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'naem'])(
    'rejects the unknown field %s',
    async (field) => {
      const unknown = JSON.parse(`{"name": "a", "${field}": 1, "part": {"size": 1, "${field}": {}}}`) as unknown;
      expect((await refused(unknown)).details).toEqual([
        { field, error: `${field} is not a known field` },
        { field: `part.${field}`, error: `part.${field} is not a known field` },
      ]);
    },
  );

  it('reports unknown, wrong and missing fields together', async () => {
    const { code, details } = await refused({ naem: 'a', part: item('x') });
    expect(code).toBe('validation_failed');
    expect(details).toEqual([
      { field: 'naem', error: 'naem is not a known field' },
      { field: 'name', error: 'name must be a string' },
      { field: 'part.size', error: 'size must be an integer number' },
    ]);
  });

  it('passes no unknown field to transformers, however many there are', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`k${n}`, n]));
    const { details, message } = await refused({ name: 'a', ...unknown });
    expect(details).toHaveLength(20);
    expect(message).toMatch(/k19 is not a known field; and 880 more$/);
    expect(message.length).toBeLessThan(1000);
  });

  it.each([
    [
      'a list that is too long',
      { items: Array.from({ length: 9000 }, () => ({})) },
      'items',
      'no more than 3 elements',
    ],
    ['a list without a length of its own', { words: Array.from({ length: 101 }, () => 1) }, 'words', 'more than 100'],
    ['a list where one is expected', { part: Array.from({ length: 9000 }, () => ({})) }, 'part', 'must be an object'],
  ])('refuses %s before its items are made or checked', async (_name, wrong, field, error) => {
    for (const metatype of [BodyDto, ChangeDto]) {
      const { details } = await refused({ name: 'a', ...wrong }, metatype);
      expect(details).toEqual([{ field, error: expect.stringContaining(error) }]);
      expect(made).toBeLessThanOrEqual(1);
    }
  });

  it('creates no objects from too large a structure', async () => {
    const wide = Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`k${n}`, n]));
    expect(await refused(wide)).toMatchObject({ status: 400, code: 'body_too_complex' });
    expect(made).toBe(0);
  });

  it('answers any input with a valid object or a short 400', async () => {
    const field = fc.constantFrom(
      'name',
      'items',
      'words',
      'part',
      'size',
      'constructor',
      '__proto__',
      'x'.repeat(150),
    );
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(null, 1, 'a', true),
        fc.array(tie('value'), { maxLength: 200 }),
        fc.array(fc.tuple(field, tie('value')), { maxLength: 8 }).map((all) => Object.fromEntries(all) as unknown),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(value, async (body) => {
        const answer = await sent(body).catch((error: unknown) => error);
        // One for the body, and the allowed ones within it.
        expect(made).toBeLessThanOrEqual(5);
        if (answer instanceof BodyDto) return;
        const { status, message, details = [] } = answer as AppError;
        expect(status).toBe(400);
        expect(details.length).toBeLessThanOrEqual(20);
        expect(JSON.stringify([message, details]).length).toBeLessThan(20_000);
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
