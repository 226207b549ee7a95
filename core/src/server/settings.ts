/** Settings of `server/shared`. Names of environment variables follow from the nesting: METERLARK_SERVER_GRPC_PORT. */
import { positive, type SettingDefinition, type SettingsSchema } from '../kernel/definition.js';

export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
}

export interface GrpcSettings {
  readonly host: string;
  readonly port: number;
  readonly otlpPort: number;
  readonly maxMessageBytes: number;
  readonly maxConcurrentCalls: number;
  readonly maxOpenStreams: number;
  readonly maxConnections: number;
  readonly maxConcurrentStreams: number;
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly tls: TlsSettings;
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly otlpPort: number;
  readonly maxBodyBytes: number;
  readonly maxConcurrentRequests: number;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly tls: TlsSettings;
}

export interface AdminSettings {
  readonly host: string;
  readonly port: number;
}

export interface ServerSettings {
  readonly grpc: GrpcSettings;
  readonly http: HttpSettings;
  readonly admin: AdminSettings;
  readonly receiverToken: string;
  readonly queryToken: string;
  readonly maxInFlightBytes: number;
  readonly drainTimeoutMs: number;
}

const noTls: TlsSettings = { certFile: '', keyFile: '', clientCaFile: '' };

export const defaultSettings: ServerSettings = {
  grpc: {
    host: '0.0.0.0',
    port: 11_800,
    otlpPort: 0,
    maxMessageBytes: 50 * 1024 * 1024,
    maxConcurrentCalls: 1_000,
    maxOpenStreams: 5_000,
    maxConnections: 10_000,
    maxConcurrentStreams: 1_000,
    keepaliveTimeMs: 60_000,
    keepaliveTimeoutMs: 20_000,
    tls: noTls,
  },
  http: {
    host: '0.0.0.0',
    port: 12_800,
    otlpPort: 0,
    maxBodyBytes: 50 * 1024 * 1024,
    maxConcurrentRequests: 1_000,
    maxConnections: 10_000,
    requestTimeoutMs: 60_000,
    keepaliveTimeoutMs: 72_000,
    tls: noTls,
  },
  admin: { host: '127.0.0.1', port: 17_128 },
  receiverToken: '',
  queryToken: '',
  maxInFlightBytes: 256 * 1024 * 1024,
  drainTimeoutMs: 5_000,
};

function natural(doc: string, value: number): SettingDefinition<number> {
  return { doc, format: 'nat', default: value };
}

function limit(doc: string, value: number): SettingDefinition<number> {
  return { doc, format: positive, default: value };
}

function text(doc: string, value: string): SettingDefinition<string> {
  return { doc, format: 'String', default: value };
}

function port(doc: string, value: number): SettingDefinition<number> {
  return { doc, format: 'port', default: value };
}

function token(doc: string): SettingDefinition<string> {
  return { doc, format: 'String', default: '', sensitive: true };
}

const tlsSchema: SettingsSchema<TlsSettings> = {
  certFile: text('PEM file with the certificate chain; empty for plain text.', ''),
  keyFile: text('PEM file with the private key of the certificate.', ''),
  clientCaFile: text('PEM file with the authorities of client certificates; when set, clients must present one.', ''),
};

const { grpc, http, admin } = defaultSettings;

const grpcSchema: SettingsSchema<GrpcSettings> = {
  host: text('Address the gRPC server listens on.', grpc.host),
  port: port('Port of the gRPC server; 0 takes any free one.', grpc.port),
  otlpPort: port("A second gRPC port, for OTLP's own 4317; 0 is off.", grpc.otlpPort),
  maxMessageBytes: limit('Largest message, as sent and inflated, in bytes.', grpc.maxMessageBytes),
  maxConcurrentCalls: limit('Calls in flight over all connections; more get RESOURCE_EXHAUSTED.', grpc.maxConcurrentCalls),
  maxOpenStreams: limit('Client streams open at one time over all connections; more get RESOURCE_EXHAUSTED.', grpc.maxOpenStreams),
  maxConnections: limit('Open connections; more are closed at once.', grpc.maxConnections),
  maxConcurrentStreams: limit('Calls in flight per connection.', grpc.maxConcurrentStreams),
  keepaliveTimeMs: natural('Idle time after which a connection is probed, in ms.', grpc.keepaliveTimeMs),
  keepaliveTimeoutMs: natural('Time a probe may go unanswered before the connection is closed, in ms.', grpc.keepaliveTimeoutMs),
  tls: tlsSchema,
};

const httpSchema: SettingsSchema<HttpSettings> = {
  host: text('Address the HTTP server listens on.', http.host),
  port: port('Port of the HTTP server; 0 takes any free one.', http.port),
  otlpPort: port("A second HTTP port, for OTLP's own 4318; 0 is off.", http.otlpPort),
  maxBodyBytes: limit('Largest body, as sent and inflated, in bytes.', http.maxBodyBytes),
  maxConcurrentRequests: limit('Requests in flight over all connections; more get 429.', http.maxConcurrentRequests),
  maxConnections: limit('Open connections; more are closed at once.', http.maxConnections),
  requestTimeoutMs: natural('Time in which a whole request must have arrived, in ms.', http.requestTimeoutMs),
  keepaliveTimeoutMs: natural('Idle time after which a connection is closed, in ms.', http.keepaliveTimeoutMs),
  tls: tlsSchema,
};

export const serverSchema: SettingsSchema<ServerSettings> = {
  grpc: grpcSchema,
  http: httpSchema,
  admin: {
    host: text('Address the admin server listens on; it has no token, keep it on loopback.', admin.host),
    port: port('Port of the admin server; 0 takes any free one.', admin.port),
  },
  receiverToken: token('Bearer token that senders of telemetry must present; empty for none.'),
  queryToken: token('Bearer token that queries must present; empty for none.'),
  maxInFlightBytes: limit(
    'Bytes of requests held at one time, over gRPC and HTTP; more get RESOURCE_EXHAUSTED or 429. Health checks are free.',
    defaultSettings.maxInFlightBytes,
  ),
  drainTimeoutMs: natural('Time running requests have to end after a stop was asked for, in ms.', 5_000),
};
