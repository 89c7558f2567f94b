import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { behindOf, headlineOf, inOneLine } from './reason';

describe('a reason', () => {
  it('is a headline, and what is behind it', () => {
    const reason = '12 servers: CPU is 68 %, above target.\nThe target is 60 %.';
    expect(headlineOf(reason)).toBe('12 servers: CPU is 68 %, above target.');
    expect(behindOf(reason)).toBe('The target is 60 %.');
    expect(behindOf('Staying at 12: servers are full, so none is removed.')).toBe('');
  });

  it('loses nothing when it is split', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (headline, behind) => {
        const reason = `${headline.replaceAll('\n', '')}\n${behind}`;
        expect(inOneLine(`${headlineOf(reason)}\n${behindOf(reason)}`)).toBe(inOneLine(reason));
      }),
    );
  });
});
