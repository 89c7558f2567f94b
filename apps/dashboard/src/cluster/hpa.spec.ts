import { describe, expect, it } from '@jest/globals';
import { hpaName, hpaOf } from './hpa';

describe('the HPA beside a decision', () => {
  const step = { stage: 'forecast', before: 2, after: 2, reason: '' };

  it('is named by its target', () => {
    expect(hpaName(60)).toBe('HPA at 60 %');
  });

  it('has the servers that a step states', () => {
    const steps = [{ ...step, code: 'lead_time', data: { lead_seconds: 120 } }];
    expect(hpaOf([...steps, { ...step, code: 'shadows', data: { shadow_aws: 3, shadow_hpa: 0 } }])).toBe(0);
    expect(hpaOf(steps)).toBeNull();
  });
});
