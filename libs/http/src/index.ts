export { addressBlock, clientAddresses } from './addresses.js';
export {
  AppError,
  BadRequestError,
  ConflictError,
  type ErrorDetail,
  ForbiddenError,
  NotFoundError,
  TooManyRequestsError,
  UnauthorizedError,
  UnavailableError,
} from './app-error.js';
export { BodyInterceptor, BodyLimit } from './body/body.interceptor.js';
export { MaxValues } from './body/bounds.js';
export { type Rule, rulesOf } from './body/known-fields.js';
export { AUTH_BODY_BYTES, readBody } from './body/read-body.js';
export { compressAnswers, ContainsSecret } from './compression.js';
export { configureHttp } from './configure-http.js';
export { drainable } from './drain.js';
export { ErrorDto } from './error.dto.js';
export { errorBody, ErrorFilter, logError, sendError, toAppError } from './error.filter.js';
export { HttpModule } from './http.module.js';
export { IdParam } from './id-param.js';
export { IsDuration } from './is-duration.js';
export { IsNotAbove } from './is-not-above.js';
export { IsPart } from './is-part.js';
export { type Cursor, cutPage, decodeCursor, DEFAULT_LIMIT, encodeCursor, ListQuery } from './lists.js';
export { NumberInQuery } from './number-in-query.js';
export { type OriginCheck, originCheck } from './origins.js';
export { AuthAttemptsObserver, AuthRateLimited, NOT_RATE_LIMITED, NotRateLimited } from './rate-limit.js';
export { HistoryQuery, periodOf, type TimeRange, timeRangeOf, TimeRangeQuery } from './time-range.js';
export { IsTime, isTime } from './times.js';
export { UndeclaredRules } from './body/undeclared-rules.js';
export { traceRequests } from './trace-requests.js';
export { validationFailed, validationPipe } from './validation.pipe.js';
