import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { Clock } from '#config';
import { DEFAULT_OPTIONS, type SimulatorOptions } from '../src/options.js';
import { Pause } from '../src/time/pause.js';

/** Monday noon. */
export const START = Date.parse('2026-01-05T12:00:00Z');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export class FakeClock extends Clock {
  private time = START;

  now(): number {
    return this.time;
  }

  pass(ms: number): void {
    this.time += ms;
  }
}

/** Records the duration, and does not wait. */
export class FakePause extends Pause {
  readonly waited: number[] = [];

  async for(ms: number): Promise<void> {
    this.waited.push(ms);
  }
}

/** Fields of a server that tests read. */
export interface ShownServer {
  readonly server_id: string;
  readonly state: string;
  readonly created_at: string;
  readonly active_at: string | null;
  readonly terminated_at?: string;
  readonly cause?: string;
}

export interface Reading {
  readonly server_id: string;
  readonly cpu_usage: number;
  readonly memory_usage: number;
  readonly request_load: number;
}

/** The whole simulator on a free port, with fixed provisioning of 120 s and draining of 30 s; only time is fake. */
export async function startSimulator(options: Partial<SimulatorOptions> = {}, clock = new FakeClock()) {
  // Dynamic import: Jest cannot load CommonJS packages that require() Nest while it is still linking Nest itself.
  const { configure } = await import('../src/configure.js');
  const { FaultGate } = await import('../src/faults/fault-gate.js');
  const { SimulatorModule } = await import('../src/simulator.module.js');
  const { StateKeeper } = await import('../src/state/keeper.service.js');
  const pause = new FakePause();
  const module = await Test.createTestingModule({
    imports: [
      SimulatorModule.with({
        ...DEFAULT_OPTIONS,
        provisioning: { kind: 'fixed', ms: 120_000 },
        draining: { kind: 'fixed', ms: 30_000 },
        ...options,
      }),
    ],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .overrideProvider(Pause)
    .useValue(pause)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({
    bodyParser: false,
    forceCloseConnections: true,
    logger: false,
  });
  configure(app);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const http = supertest(url);
  return {
    clock,
    pause,
    url,
    http,
    held: () => app.get(FaultGate).held,
    save: () => app.get(StateKeeper).save(),
    close: () => app.close(),
    metrics: async (id: string): Promise<Reading[]> => (await http.get(`/metrics/${id}`).expect(200)).body.servers,
    states: async (id: string): Promise<string[]> =>
      (await http.get(`/clusters/${id}`).expect(200)).body.servers.map(
        ({ server_id, state }: ShownServer) => `${server_id} ${state}`,
      ),
  };
}

export type RunningSimulator = Awaited<ReturnType<typeof startSimulator>>;

export const meanCpu = (readings: readonly Reading[]) =>
  readings.reduce((sum, { cpu_usage }) => sum + cpu_usage, 0) / readings.length;
