import type { Provider } from '@nestjs/common';
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { ResilientScaleTarget } from './resilient.scale-target.js';

/** Read from the scale targets when somebody scrapes. */
export function targetMetricProviders(): Provider[] {
  return [
    makeGaugeProvider({
      name: 'autoscaler_scale_target_breakers_open',
      help: 'Endpoints of providers whose circuit breaker is open',
      inject: [ResilientScaleTarget],
      collect(targets: ResilientScaleTarget) {
        this.set(targets.openCircuits());
      },
    }),
  ];
}
