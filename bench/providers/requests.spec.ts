import { describe, expect, it } from '@jest/globals';
import { Counter, requestName } from './requests.js';

describe('what is asked of an API server', () => {
  it.each([
    ['GET', '/api/v1/namespaces/bench/pods?limit=500', 'list pods'],
    ['GET', '/api/v1/namespaces/bench/pods?watch=1&resourceVersion=7', 'watch pods'],
    ['GET', '/apis/apps/v1/namespaces/bench/deployments/web/scale', 'get deployments.apps/scale'],
    ['PUT', '/apis/apps/v1/namespaces/bench/deployments/web/scale', 'update deployments.apps/scale'],
    ['GET', '/apis/metrics.k8s.io/v1beta1/namespaces/bench/pods', 'list pods.metrics.k8s.io'],
    ['POST', '/apis/events.k8s.io/v1/namespaces/bench/events', 'create events.events.k8s.io'],
    ['GET', '/apis', 'other'],
    ['GET', '/version', 'other'],
  ])('%s %s is named %s', (method, url, name) => {
    expect(requestName(method, url)).toBe(name);
  });

  it('is counted by interval, from one measurement to the next', () => {
    const counter = new Counter();
    for (const name of ['a', 'b', 'b', 'b']) counter.add(name);
    expect(Object.entries(counter.take(4))).toEqual([
      ['b', 0.75],
      ['a', 0.25],
    ]);
    expect(counter.take(4)).toEqual({});
  });
});
