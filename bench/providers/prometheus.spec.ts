import { describe, expect, it } from '@jest/globals';
import { jobsIn } from './prometheus.js';

describe('the jobs of a query', () => {
  it.each([
    ['avg by (instance) (rate(x{job="bench-1",mode="idle"}[2m]))', ['bench-1']],
    ['a{job=~"bench-1|bench-2"} / b{job=~"bench-1|bench-2"}', ['bench-1', 'bench-2']],
    ['vector(1)', []],
  ])('of %s', (query, jobs) => {
    expect(jobsIn(query)).toEqual(jobs);
  });
});
