import type { Provider } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '#config';
import { Admission } from './admission.js';
import { ClientChecks } from './client-checks.js';
import { FanOut } from './fan-out.js';
import { LiveClients } from './live.clients.js';
import { LiveGateway } from './live.gateway.js';
import { LiveIoAdapter } from './live-io.adapter.js';
import { NewClusters } from './new-clusters.js';
import { SocketLogin } from './socket-login.js';
import { VisibleClusters } from './visible-clusters.js';

/** All providers except the connection to other instances. */
export const LIVE_PROVIDERS: Provider[] = [
  { provide: Admission, inject: [APP_CONFIG], useFactory: (config: AppConfig) => Admission.of(config) },
  LiveIoAdapter,
  SocketLogin,
  LiveGateway,
  LiveClients,
  VisibleClusters,
  NewClusters,
  FanOut,
  ClientChecks,
];
