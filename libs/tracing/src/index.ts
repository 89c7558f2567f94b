export { inSpan, startSpan } from './spans.js';
export { traceId, withTraceId } from './trace-id.js';
