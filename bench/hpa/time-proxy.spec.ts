import { describe, expect, it } from '@jest/globals';
import { virtualTimes, withVirtualTimes } from './time-proxy.js';

const COMPRESSION = { real: Date.UTC(2026, 0, 5), virtual: Date.UTC(2026, 1, 1), speed: 15 };

async function through(...chunks: readonly Buffer[]): Promise<string> {
  const stream = virtualTimes(COMPRESSION);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  let text = '';
  for await (const part of stream) text += (part as Buffer).toString();
  return text;
}

describe('times of Kubernetes', () => {
  it('are moved to the compressed clock, and nothing else is changed', () => {
    const pod = { name: 'a-2026-01-05T00:00:08Z', created: '2026-01-05T00:00:08Z', ready: '2026-01-05T00:00:16.5Z' };
    expect(JSON.parse(withVirtualTimes(JSON.stringify(pod), COMPRESSION))).toEqual({
      name: pod.name,
      created: '2026-02-01T00:02:00.000Z',
      ready: '2026-02-01T00:04:07.500Z',
    });
  });

  it('are moved wherever a stream is cut, also within a character', async () => {
    const lines = '{"at":"2026-01-05T00:00:08Z","text":"é"}\n{"at":"2026-01-05T00:00:09Z"}';
    const bytes = Buffer.from(lines);
    const moved = '{"at":"2026-02-01T00:02:00.000Z","text":"é"}\n{"at":"2026-02-01T00:02:15.000Z"}';
    for (let cut = 1; cut < bytes.length; cut++)
      expect(await through(bytes.subarray(0, cut), bytes.subarray(cut))).toBe(moved);
  });

  it('are passed on as soon as their line has ended', async () => {
    const stream = virtualTimes(COMPRESSION);
    const first = new Promise((resolve) => stream.once('data', (part: Buffer) => resolve(part.toString())));
    stream.write('{"at":"2026-01-05T00:00:08Z"}\n{"at":');
    expect(await first).toBe('{"at":"2026-02-01T00:02:00.000Z"}\n');
    stream.destroy();
  });
});
