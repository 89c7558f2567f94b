import { describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { configOf } from '#config';
import { startTracing } from './tracing.js';

describe('tracing', () => {
  it('is off unless an endpoint is set', async () => {
    const end = startTracing(configOf({}));
    const span = trace.getTracer('test').startSpan('nothing');
    expect(span.isRecording()).toBe(false);
    await end();
  });
});
