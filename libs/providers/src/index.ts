export { AddressGuard } from './http/address-guard.js';
export { isForbiddenHost, lookupAllowed } from './http/forbidden-addresses.js';
export { type EndpointState, type FencedCluster, ProviderSessions } from './session/provider-sessions.js';
export type { ClusterReading } from './session/cluster-reading.js';
export type { ResilienceOptions } from './session/resilient.session.js';
export type { Circuit } from './session/circuit-breaker.js';
export {
  type BoundHalf,
  type BoundProvider,
  type ClusterProvider,
  connectionsOf,
  HALVES,
  type HalfName,
  isOne,
  type ProvidedCluster,
  writtenHalf,
} from './registry/cluster-provider.js';
export { documentSchemas, PROVIDER_SCHEMA } from './registry/schemas.js';
export { builtInProviders } from './registry/built-in.js';
export { ProviderRegistry } from './registry/provider.registry.js';
export { whereItLeads } from './registry/where-it-leads.js';
export { ProvidersModule } from './providers.module.js';
export {
  countServers,
  type HandOver,
  type HandOverStep,
  isRefusal,
  isUnanswered,
  type OuterBounds,
  ProviderError,
  type ProviderState,
  type TakenOver,
  type Server as ProvidedServer,
  type Theirs,
  type FoundAutoscaler,
  type FoundWorkload,
} from './sdk/index.js';

export { handBackExpiredWorkloads } from './kubernetes/hand-over/expired-workloads.js';
export { type Simulated, type SimulatorAnswer, SimulatorControl } from './simulator/simulator.control.js';

export { type Connection, mayUse } from './connections/connection.js';
export { ConnectionDirectory } from './connections/connection-directory.js';
export { ConnectionRepository } from './connections/connection.repository.js';
export { ConnectionUses } from './connections/connection-uses.js';
export { ConnectionSecrets } from './connections/connection-secrets.js';
export { SealedError } from './connections/secret-box.js';
export { ConnectionRules } from './connections/connection.rules.js';
export { ConnectionsService } from './connections/connections.service.js';
export { type ConnectedWorkloads, ConnectionWorkloads } from './connections/connection-workloads.js';
