import { readFileSync } from 'node:fs';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
  Server,
  ServerCredentials,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { APP_CONFIG, type AppConfig } from '#config';
import { ActivityStreams } from './activity-streams.js';
import { ExternalScaler } from './external-scaler.js';
import {
  EXTERNAL_SCALER,
  type GetMetricSpecResponse,
  type GetMetricsRequest,
  type IsActiveResponse,
  type ScaledObjectRef,
} from './external-scaler.definition.js';
import { ScalerError } from './scaler.error.js';

type Grpc = typeof import('@grpc/grpc-js');
/** Its type asks for more than protobuf.js reads. */
type Descriptor = Parameters<(typeof import('@grpc/proto-loader'))['fromJSON']>[0];

/** A request carries two names and the metadata of a trigger. */
const LARGEST_REQUEST_BYTES = 65_536;
const STREAMS_PER_CONNECTION = 1000;
/** How often open streams are brought up to date. */
const SWEEP_EVERY_MS = 5000;

const CALLS = 'autoscaler_keda_calls_total';
export const kedaMetricProviders = [
  makeCounterProvider({ name: CALLS, help: 'Calls of KEDA, by method and outcome', labelNames: ['method', 'code'] }),
];

/** Serves KEDA's external scaler over gRPC where `keda.enabled`. The gRPC library is loaded then only. */
@Injectable()
export class KedaServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Keda');
  private server: Server | null = null;
  private timer: NodeJS.Timeout | null = null;
  /** The port that it listens on; `null`: none. */
  port: number | null = null;

  constructor(
    private readonly scaler: ExternalScaler,
    private readonly streams: ActivityStreams,
    @InjectMetric(CALLS) private readonly calls: Counter,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'keda'>,
  ) {}

  /** @throws Error where a file of a certificate cannot be used, or the address is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { enabled, host, port } = this.config.keda;
    if (!enabled) return;
    const grpc = await import('@grpc/grpc-js');
    const { fromJSON } = await import('@grpc/proto-loader');
    const definition = fromJSON(EXTERNAL_SCALER as unknown as Descriptor, {
      longs: Number,
      defaults: true,
      objects: true,
    });
    const server = new grpc.Server({
      'grpc.max_receive_message_length': LARGEST_REQUEST_BYTES,
      'grpc.max_concurrent_streams': STREAMS_PER_CONNECTION,
    });
    server.addService(definition['externalscaler.ExternalScaler'] as ServiceDefinition, this.handlers(grpc));
    this.port = await listen(server, `${host}:${port}`, credentialsOf(grpc, this.config.keda));
    this.server = server;
    this.timer = setInterval(() => void this.streams.sweep(), SWEEP_EVERY_MS);
    this.logger.log(`serves KEDA on ${host}:${this.port}`);
  }

  beforeApplicationShutdown(): void {
    if (this.timer !== null) clearInterval(this.timer);
    // Streams stay open for as long as a client likes: they are not waited for, and KEDA opens them again elsewhere.
    this.server?.forceShutdown();
  }

  private handlers(grpc: Grpc): UntypedServiceImplementation {
    return {
      IsActive: this.unary(grpc, 'IsActive', async (ref: ScaledObjectRef) => this.scaler.isActive(ref)),
      GetMetricSpec: this.unary(grpc, 'GetMetricSpec', async (ref: ScaledObjectRef) => this.scaler.getMetricSpec(ref)),
      GetMetrics: this.unary(grpc, 'GetMetrics', async (request: GetMetricsRequest) => this.scaler.getMetrics(request)),
      StreamIsActive: this.stream<IsActiveResponse>(grpc, 'StreamIsActive', async (call) => {
        await this.streams.watch(call, call.request);
      }),
      // The specification never changes: it is sent once, and the stream stays open.
      StreamMetricSpec: this.stream<GetMetricSpecResponse>(grpc, 'StreamMetricSpec', async (call) => {
        call.write(await this.scaler.getMetricSpec(call.request));
      }),
    };
  }

  private unary<Request>(
    grpc: Grpc,
    method: string,
    answer: (request: Request) => Promise<unknown>,
  ): handleUnaryCall<Request, unknown> {
    return (call, callback: sendUnaryData<unknown>) => {
      answer(call.request).then(
        (response) => {
          // After the deadline of the caller the answer is not delivered.
          this.calls.inc({ method, code: call.cancelled ? 'CANCELLED' : 'OK' });
          callback(null, response);
        },
        (error: unknown) => callback(this.failure(grpc, method, error)),
      );
    };
  }

  private stream<Response>(
    grpc: Grpc,
    method: string,
    open: (call: ServerWritableStream<ScaledObjectRef, Response>) => Promise<void>,
  ): handleServerStreamingCall<ScaledObjectRef, Response> {
    const openCounted: typeof open = async (call) => {
      this.streams.open(call);
      call.once('close', () => this.streams.remove(call));
      call.once('cancelled', () => this.streams.remove(call));
      await open(call);
    };
    return (call) => {
      openCounted(call).then(
        () => this.calls.inc({ method, code: 'OK' }),
        (error: unknown) => {
          this.streams.remove(call);
          call.emit('error', this.failure(grpc, method, error));
        },
      );
    };
  }

  /** The status for the caller; it shows no details of an unexpected error. */
  private failure(grpc: Grpc, method: string, error: unknown): { code: number; details: string } {
    if (!(error instanceof ScalerError)) this.logger.error(`a call of KEDA failed: ${method}`, error);
    const code = error instanceof ScalerError ? error.code : 'INTERNAL';
    this.calls.inc({ method, code });
    return { code: grpc.status[code], details: error instanceof ScalerError ? error.message : 'internal error' };
  }
}

function credentialsOf(grpc: Grpc, { tlsCertFile, tlsKeyFile, clientCaFile }: AppConfig['keda']): ServerCredentials {
  if (tlsCertFile === '') return grpc.ServerCredentials.createInsecure();
  const pair = { cert_chain: read(tlsCertFile, 'tls_cert_file'), private_key: read(tlsKeyFile, 'tls_key_file') };
  const ca = clientCaFile === '' ? null : read(clientCaFile, 'client_ca_file');
  return grpc.ServerCredentials.createSsl(ca, [pair], ca !== null);
}

function read(file: string, key: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`keda.${key} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function listen(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(new Error(`cannot serve KEDA on ${address} (keda.port): ${error.message}`, { cause: error }));
    });
  });
}
