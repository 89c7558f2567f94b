import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { formRules } from '../../vite.rules';
import { hintText } from './hint-text';

const RULES = formRules();
const SOURCE = globSync('apps/dashboard/src/**/*.tsx')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
  .replaceAll(/\(\s+/g, '(')
  .replaceAll(/\s+/g, ' ');
const BOUNDS = ['minLength', 'maxLength', 'minimum', 'maximum', 'above', 'shortest', 'longest'];

/** Bounded fields that no form has. */
const IN_NO_FORM = new Set([
  'ClusterConfigDto.warm_up',
  'ClusterConfigDto.target_cpu',
  'SloPolicyDto.error_budget',
  'SloPolicyDto.window',
  'ThresholdPolicyDto.trend_window',
  'ThresholdPolicyDto.spike_points',
  'ThresholdPolicyDto.spike_window',
  'CreateConnectionDto.type',
  'CreateBacktestDto.range',
  'CreateBacktestDto.trace',
  'CreateBacktestDto.min_servers',
  'CreateBacktestDto.max_servers',
  'CreateBacktestDto.tick',
  'CreateBacktestDto.noise',
  'CreateBacktestDto.seed',
  'SpikeRequest.duration',
  'SpikeRequest.ramp_up',
  'SpikeRequest.ramp_down',
]);

const bounded = Object.entries(RULES).flatMap(([form, fields]) =>
  Object.entries(fields)
    .filter(([, rule]) => BOUNDS.some((bound) => rule[bound] !== undefined))
    .map(([field]) => [form, field] as const),
);

describe('the hints of forms', () => {
  it.each(bounded.filter(([form, field]) => !IN_NO_FORM.has(`${form}.${field}`)))(
    'are given for the bounds of %s.%s',
    (form, field) => {
      const isNamed = SOURCE.includes(`hintOf('${form}', '${field}'`);
      const isOneOfMany = SOURCE.includes(`hintOf('${form}', key`) && SOURCE.includes(`'${field}'`);
      expect(isNamed || isOneOfMany).toBe(true);
    },
  );

  it('exempt only fields that exist', () => {
    const known = new Set(bounded.map(([form, field]) => `${form}.${field}`));
    expect([...IN_NO_FORM].filter((each) => !known.has(each))).toEqual([]);
  });

  it.each([
    [{ minLength: 3, maxLength: 50, description: 'letters' }, undefined, '3 to 50 characters: letters'],
    [{ maxLength: 1024, description: 'with a number' }, undefined, 'With a number; at most 1,024 characters'],
    [{ minimum: 0, maximum: 20_000 }, 'servers', '0 to 20,000: servers'],
    [{ minimum: 0.000001, maximum: 1 }, undefined, '0.000001 to 1'],
    [{ shortest: '1s', longest: '1h', description: 'time between ticks' }, undefined, '1s to 1h: time between ticks'],
    [{ above: '0%', longest: '50%' }, 'share of all requests', 'Above 0 %, at most 50 %: share of all requests'],
    [{ above: '0%' }, undefined, 'Above 0 %'],
    [{ minimum: 1, description: 'long words' }, '', 'At least 1'],
    [{}, undefined, undefined],
  ])('put a rule into words: %j', (rule, note, words) => {
    expect(hintText(rule, note)).toBe(words);
  });
});
