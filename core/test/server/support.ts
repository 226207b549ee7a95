/** The shared servers on free ports of loopback, and plain clients for them. */
import { Client, compressionAlgorithms, credentials, Metadata, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Logger, MetricsExposition, ProcessInfo, SelfMetrics } from '../../src/kernel/ambient.js';
import type { BoundPorts } from '../../src/contract/server.js';
import type { ServiceToken } from '../../src/kernel/token.js';
import { makeServers, type SharedServers } from '../../src/server/provider.js';
import { defaultSettings, type GrpcSettings, type HttpSettings, type ServerSettings } from '../../src/server/settings.js';
import { RecordingLogger, RecordingMetrics } from '../../src/testing/fakes.js';

export interface Overrides {
  readonly grpc?: Partial<GrpcSettings>;
  readonly http?: Partial<HttpSettings>;
  readonly receiverToken?: string;
  readonly queryToken?: string;
  readonly drainTimeoutMs?: number;
  readonly maxInFlightBytes?: number;
}

export interface Running extends SharedServers {
  readonly ports: BoundPorts;
  readonly log: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

export function settingsOf(overrides: Overrides = {}): ServerSettings {
  const local = { host: '127.0.0.1', port: 0 };
  return {
    ...defaultSettings,
    ...overrides,
    grpc: { ...defaultSettings.grpc, ...local, ...overrides.grpc },
    http: { ...defaultSettings.http, ...local, ...overrides.http },
    admin: local,
  };
}

export interface Built extends SharedServers {
  readonly log: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

export function build(settings: ServerSettings): Built {
  const log = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const services = new Map<symbol, unknown>([
    [Logger.key, log],
    [SelfMetrics.key, metrics],
    [MetricsExposition.key, { contentType: 'text/plain', text: async () => 'up 1\n' }],
    [ProcessInfo.key, { version: '0', startedAtMs: 0, rootFolder: import.meta.dirname }],
  ]);
  const servers = makeServers(settings, { get: <T>(token: ServiceToken<T>) => services.get(token.key) as T });
  return { ...servers, log, metrics };
}

export interface CallResult {
  readonly body: Buffer | undefined;
  readonly error: ServiceError | undefined;
}

const bytes = (value: Buffer): Buffer => value;

export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly credentials?: ChannelCredentials;
  readonly gzip?: boolean;
}

export function grpcClient(port: number, options: CallOptions = {}): Client {
  return new Client(`127.0.0.1:${port}`, options.credentials ?? credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    'grpc.max_receive_message_length': -1,
    'grpc.ssl_target_name_override': 'localhost',
    ...(options.gzip === true ? { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } : {}),
  });
}

export async function call(client: Client, path: string, body: Uint8Array, options: CallOptions = {}): Promise<CallResult> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, bytes, bytes, Buffer.from(body), metadata, { deadline: Date.now() + 10_000 }, (error, answer) =>
      resolve({ body: answer, error: error ?? undefined }),
    );
  });
}

export async function callOnce(port: number, path: string, body: Uint8Array, options: CallOptions = {}): Promise<CallResult> {
  const client = grpcClient(port, options);
  try {
    return await call(client, path, body, options);
  } finally {
    client.close();
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly json: () => Record<string, unknown>;
}

export interface HttpAsk {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export function http(port: number, path: string, ask: HttpAsk = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = ask;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { ...length, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const all = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: all, json: () => JSON.parse(all.toString()) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
