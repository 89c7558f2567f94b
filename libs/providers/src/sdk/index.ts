export { isRefusal, isUnanswered, ProviderError, type ProviderErrorCode } from './errors.js';
export type { HandOver, HandOverOutcome, HandOverStep, TakenOver } from './hand-over.js';
export {
  API_VERSION,
  type ConnectionFaults,
  defineProvider,
  type GivenConnection,
  type HttpAnswer,
  type HttpClient,
  type HttpOptions,
  type HttpRequest,
  type Lookup,
  type PastedConnection,
  type ProviderContext,
  type ProviderDefinition,
  type ProviderLogger,
  type TargetCapabilities,
} from './provider.js';
export { readEach } from './read-each.js';
export type {
  Blocked,
  Call,
  ChangeCall,
  ConnectionReport,
  Lateness,
  OuterBounds,
  ProviderCluster,
  Reading,
  Readings,
  Session,
  Theirs,
} from './session.js';
export { NEEDED_FOR } from './session.js';
export {
  countServers,
  type ProviderState,
  type Sample,
  type Server,
  type ServerCounts,
  type ServerState,
  type Totals,
} from './values.js';
export type {
  FoundAutoscaler,
  FoundCondition,
  FoundRequests,
  FoundWorkload,
  WorkloadList,
  WorkloadQuery,
} from './workloads.js';
export { z } from 'zod';
