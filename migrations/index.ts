import { InitialSchema1767225600000 } from './1767225600000-initial-schema.js';
import { Security1767830400000 } from './1767830400000-security.js';
import { Backtests1795478400000 } from './1795478400000-backtests.js';
import { ServiceLevel1795482000000 } from './1795482000000-service-level.js';
import { Shares1795485600000 } from './1795485600000-shares.js';
import { InstancesShare1795490400000 } from './1795490400000-instances-share.js';
import { LeavingServers1795514400000 } from './1795514400000-leaving-servers.js';
import { Occupancy1795546800000 } from './1795546800000-occupancy.js';
import { PrivateAudit1795550400000 } from './1795550400000-private-audit.js';
import { ProviderAnswered1795557600000 } from './1795557600000-provider-answered.js';
import { LargeChanges1795561200000 } from './1795561200000-large-changes.js';
import { HeldAlerts1795564800000 } from './1795564800000-held-alerts.js';
import { Brakes1795568400000 } from './1795568400000-brakes.js';
import { UnknownValues1795572000000 } from './1795572000000-unknown-values.js';
import { AccountScope1795575600000 } from './1795575600000-account-scope.js';
import { ClusterTargets1795579200000 } from './1795579200000-cluster-targets.js';
import { FinishedJobs1795586400000 } from './1795586400000-finished-jobs.js';
import { EndedRemovals1795590000000 } from './1795590000000-ended-removals.js';
import { AlertDeliveries1795593600000 } from './1795593600000-alert-deliveries.js';
import { UndoneChanges1795597200000 } from './1795597200000-undone-changes.js';
import { Connections1795604400000 } from './1795604400000-connections.js';
import { Theirs1795611600000 } from './1795611600000-theirs.js';
import { TakeOvers1795615200000 } from './1795615200000-take-overs.js';
import { LateEvents1795618800000 } from './1795618800000-late-events.js';
import { ClusterCost1795626000000 } from './1795626000000-cluster-cost.js';
import { AuditFilters1795629600000 } from './1795629600000-audit-filters.js';
import { SimulatedPast1795633200000 } from './1795633200000-simulated-past.js';
import { HpaCounts1795636800000 } from './1795636800000-hpa-counts.js';
import { Measured1795640400000 } from './1795640400000-measured.js';
import { SimulatedEvents1795644000000 } from './1795644000000-simulated-events.js';
import { EndedLogins1795651200000 } from './1795651200000-ended-logins.js';

/** All migrations, oldest first. Named one by one, so that a build can neither miss one nor pick up a stray file. */
export const MIGRATIONS = [
  InitialSchema1767225600000,
  Security1767830400000,
  Backtests1795478400000,
  ServiceLevel1795482000000,
  Shares1795485600000,
  InstancesShare1795490400000,
  LeavingServers1795514400000,
  Occupancy1795546800000,
  PrivateAudit1795550400000,
  ProviderAnswered1795557600000,
  LargeChanges1795561200000,
  HeldAlerts1795564800000,
  Brakes1795568400000,
  UnknownValues1795572000000,
  AccountScope1795575600000,
  ClusterTargets1795579200000,
  FinishedJobs1795586400000,
  EndedRemovals1795590000000,
  AlertDeliveries1795593600000,
  UndoneChanges1795597200000,
  Connections1795604400000,
  Theirs1795611600000,
  TakeOvers1795615200000,
  LateEvents1795618800000,
  ClusterCost1795626000000,
  AuditFilters1795629600000,
  SimulatedPast1795633200000,
  HpaCounts1795636800000,
  Measured1795640400000,
  SimulatedEvents1795644000000,
  EndedLogins1795651200000,
];
