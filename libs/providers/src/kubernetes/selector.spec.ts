import { describe, expect, it } from '@jest/globals';
import { parseSelector } from './selector.js';

describe('a label selector', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['app=web', { app: 'web' }, true],
    ['app=web', { app: 'web2' }, false],
    ['app==web', { app: 'web' }, true],
    ['app=', { app: '' }, true],
    ['app=', {}, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'web' }, false],
    ['app=web,tier=front', { app: 'web', tier: 'back' }, false],
    ['app=web,tier in (front,edge)', { app: 'web', tier: 'edge' }, true],
    ['tier in (front, edge)', { tier: 'back' }, false],
    ['tier in (front)', {}, false],
    ['tier notin (front,edge),app', { app: '', tier: 'back' }, true],
    ['tier notin (front)', {}, true],
    ['tier notin (front)', { tier: 'front' }, false],
    ['app.kubernetes.io/name=web', { 'app.kubernetes.io/name': 'web' }, true],
    ['canary', { canary: '' }, true],
    ['canary', {}, false],
    ['!canary', {}, true],
    ['!canary', { canary: 'yes' }, false],
    ['weight>5', { weight: '6' }, true],
    ['weight<5', { weight: '6' }, false],
    ['weight>5', {}, false],
    // No label of an object that has none.
    ['constructor', {}, false],
  ])('"%s" on %j: %j', (text, labels, expected) => {
    expect(parseSelector(text)(labels)).toBe(expected);
  });

  it.each(['', ' ', ','])('that selects everything is refused: "%s"', (text) => {
    expect(() => parseSelector(text)).toThrow('the workload states no selector');
  });

  it.each(['a b', '=web', 'tier in', 'tier in front', 'a=b=c'])('that cannot be read is refused: "%s"', (text) => {
    expect(() => parseSelector(text)).toThrow('is no term of a label selector');
  });
});
