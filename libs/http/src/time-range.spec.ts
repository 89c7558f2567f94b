import { describe, expect, it } from '@jest/globals';
import { BadRequestError } from './app-error.js';
import { timeRangeOf, TimeRangeQuery } from './time-range.js';
import { validationPipe } from './validation.pipe.js';

const NOW = Date.parse('2026-01-05T12:00:00Z');

describe('a time range', () => {
  it.each([
    [{}, '2026-01-05T11:00:00.000Z', '2026-01-05T12:00:00.000Z'],
    [{ range: '1h30m' }, '2026-01-05T10:30:00.000Z', '2026-01-05T12:00:00.000Z'],
    [{ from: '2026-01-05T00:00:00Z', range: '1m' }, '2026-01-05T00:00:00.000Z', '2026-01-05T12:00:00.000Z'],
    [{ to: '2026-01-01T00:00:00+01:00', range: '1d' }, '2025-12-30T23:00:00.000Z', '2025-12-31T23:00:00.000Z'],
  ])('of %j', (query, from, to) => {
    expect(timeRangeOf(query, NOW, '1h', '400d')).toEqual({ from: new Date(from), to: new Date(to) });
  });

  it.each([
    [{ from: '2026-01-05T12:00:00Z' }, 'from', 'from must be before to'],
    [{ range: '401d' }, 'range', 'the range must be at most 400d'],
    [{ from: '2024-01-05T12:00:00Z' }, 'from', 'the range must be at most 400d'],
  ])('is rejected for %j', (query, field, message) => {
    const refused = (): unknown => timeRangeOf(query, NOW, '1h', '400d');
    expect(refused).toThrow(message);
    expect(refused).toThrow(BadRequestError);
    expect(refused).toThrow(expect.objectContaining({ details: [{ field, error: message }] }));
  });

  it.each([
    [{ range: '99999999999999d' }, 'range must be a duration such as 500ms, 30s, 2m, 1h30m or 7d, from 1ms to 3650d'],
    [{ range: '0' }, 'from 1ms to 3650d'],
    [{ range: ['1h', '2h'] }, 'range must be a duration'],
    [{ from: '0000-01-01T00:00:00Z' }, 'from must be a time in RFC 3339 such as 2026-01-05T00:00:00Z'],
    [{ to: '2026-02-31T00:00:00Z' }, 'to must be a time in RFC 3339 such as 2026-01-05T00:00:00Z'],
  ])('of %j is rejected', async (query, message) => {
    const accepted = validationPipe().transform(query, { type: 'query', metatype: TimeRangeQuery });
    await expect(accepted).rejects.toThrow(message);
  });
});
