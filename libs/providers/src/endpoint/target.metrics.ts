import type { Provider } from '@nestjs/common';
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { ResilientScaleTarget } from './resilient.scale-target.js';

/** Read from the scale targets when somebody scrapes. */
export function targetMetricProviders(): Provider[] {
  return [
    makeGaugeProvider({
      name: 'autoscaler_scale_target_breakers_open',
      help: 'Endpoints of providers that are not asked for servers for a while, because they failed too often',
      inject: [ResilientScaleTarget],
      collect(targets: ResilientScaleTarget) {
        this.set(targets.openCircuits());
      },
    }),
  ];
}
