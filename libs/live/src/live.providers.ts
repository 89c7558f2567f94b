import type { Provider } from '@nestjs/common';
import { ClientChecks } from './client-checks.js';
import { FanOut } from './fan-out.js';
import { LiveClients } from './live.clients.js';
import { LiveServer } from './live.server.js';
import { NewClusters } from './new-clusters.js';
import { VisibleClusters } from './visible-clusters.js';

/** Everything but what connects instances. */
export const LIVE_PROVIDERS: Provider[] = [LiveServer, LiveClients, VisibleClusters, NewClusters, FanOut, ClientChecks];
