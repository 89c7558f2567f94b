import { Module } from '@nestjs/common';
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { AddressGuard } from './http/address-guard.js';
import { ConnectionDirectory } from './connections/connection-directory.js';
import { ConnectionSecretEntity } from './connections/connection-secret.entity.js';
import { ConnectionSecrets } from './connections/connection-secrets.js';
import { ConnectionEntity } from './connections/connection.entity.js';
import { ConnectionRepository } from './connections/connection.repository.js';
import { ConnectionRules } from './connections/connection.rules.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { ConnectionsService } from './connections/connections.service.js';
import { ConnectionTests } from './connections/connection-tests.js';
import { ConnectionWorkloads } from './connections/connection-workloads.js';
import { ConnectionUses } from './connections/connection-uses.js';
import { SecretKeys } from './connections/secret-keys.js';
import { loadProviders } from './registry/load-providers.js';
import { ProvidersController } from './registry/providers.controller.js';
import { ProviderRegistry } from './registry/provider.registry.js';
import { ProviderSessions } from './session/provider-sessions.js';
import { SessionMetrics, sessionMetricProviders } from './session/measured.session.js';
import { SimulatorControl } from './simulator/simulator.control.js';

/** What stands behind clusters: the providers that there are, and the way to them. */
@Module({
  imports: [TypeOrmModule.forFeature([ConnectionEntity, ConnectionSecretEntity])],
  controllers: [ProvidersController, ConnectionsController],
  providers: [
    ConnectionRepository,
    ConnectionDirectory,
    SecretKeys,
    ConnectionSecrets,
    ConnectionRules,
    ConnectionUses,
    ConnectionsService,
    ConnectionTests,
    ConnectionWorkloads,
    {
      provide: ProviderRegistry,
      inject: [APP_CONFIG, ConnectionDirectory],
      useFactory: async (config: AppConfig, connections: ConnectionDirectory) => loadProviders(config, connections),
    },
    {
      provide: AddressGuard,
      inject: [APP_CONFIG],
      useFactory: ({ collector }: AppConfig) => new AddressGuard([collector.simulatorUrl, ...collector.allowedUrls]),
    },
    ...sessionMetricProviders,
    {
      provide: ProviderSessions,
      inject: [ProviderRegistry, APP_CONFIG, SessionMetrics, Clock, AddressGuard, ConnectionSecrets],
      useFactory: (
        registry: ProviderRegistry,
        { collector, scaler }: AppConfig,
        metrics: SessionMetrics,
        clock: Clock,
        guard: AddressGuard,
        secrets: ConnectionSecrets,
      ) =>
        new ProviderSessions(
          registry,
          {
            reading: { timeoutMs: collector.timeout, retries: collector.retries },
            scaling: { timeoutMs: scaler.timeout, retries: scaler.retries },
            breakAfter: collector.breakerFailures,
            breakMs: collector.breakerCooldown,
            connections: collector.concurrency,
          },
          metrics,
          clock,
          guard,
          secrets,
        ),
    },
    makeGaugeProvider({
      name: 'autoscaler_collection_breakers_open',
      help: 'Connections to metric sources whose circuit breaker is open',
      inject: [ProviderSessions],
      collect(sessions: ProviderSessions) {
        this.set(sessions.openCircuits('metrics'));
      },
    }),
    makeGaugeProvider({
      name: 'autoscaler_scale_target_breakers_open',
      help: 'Connections to scale targets whose circuit breaker is open',
      inject: [ProviderSessions],
      collect(sessions: ProviderSessions) {
        this.set(sessions.openCircuits('target'));
      },
    }),
    {
      provide: SimulatorControl,
      inject: [ProviderRegistry, APP_CONFIG],
      useFactory: (registry: ProviderRegistry, { collector }: AppConfig) =>
        new SimulatorControl(registry, collector.concurrency),
    },
  ],
  exports: [
    AddressGuard,
    ProviderRegistry,
    ProviderSessions,
    ConnectionDirectory,
    ConnectionRepository,
    ConnectionRules,
    ConnectionSecrets,
    ConnectionsService,
    ConnectionUses,
    ConnectionWorkloads,
    SimulatorControl,
  ],
})
export class ProvidersModule {}
