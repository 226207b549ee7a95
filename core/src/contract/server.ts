/** The shared listeners. Plugins add services and routes during start; the listener module opens the ports last. */
import { defineModule } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';

/** Which optional bearer token guards a service: that of telemetry or that of queries; `open` has none. */
export type Access = 'receiver' | 'query' | 'open';

export interface GrpcCall {
  /** Lower-case header names. */
  header(name: string): string | undefined;
  readonly peer: string;
}

/** Body in, body out, both protobuf bytes. A MeterlarkError becomes INVALID_ARGUMENT (permanent) or RESOURCE_EXHAUSTED with RetryInfo (retryable). */
export type UnaryHandler = (body: Buffer, call: GrpcCall) => Promise<Uint8Array>;

/** Messages of a client stream, in order; throws what ended it early. */
export type ClientStreamHandler = (messages: AsyncIterable<Buffer>, call: GrpcCall) => Promise<Uint8Array>;

export interface GrpcServer {
  /** Many messages in, one out; errors as for unary. Limits hold per message and for the bytes of all calls together. */
  clientStream(path: string, access: Access, handler: ClientStreamHandler): void;
  /** `path`: `/package.Service/Method`. */
  unary(path: string, access: Access, handler: UnaryHandler): void;
}
export const GrpcServer = serviceToken<GrpcServer>('server.GrpcServer');

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  header(name: string): string | undefined;
  /** Already inflated when the request said gzip. */
  readonly body: Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface AcceptedType {
  /** Lower case, without parameters: `application/json`; "" for a request that names none. */
  readonly mediaType: string;
  /** Largest body of this type, as sent and inflated; the server's own limit holds besides. */
  readonly maxBodyBytes?: number;
  /** The setting that says so, named to whom it refuses. */
  readonly setting?: { readonly provider: string; readonly key: string };
}

/** What a handler throws is answered by the server, in the encoding of the request: google.rpc.Status as protobuf or JSON. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly access: Access;
  /** Content types the route takes; others get 415 before their body is read. Absent takes any. */
  readonly accepts?: readonly AcceptedType[];
  readonly handler: (request: HttpRequest) => Promise<HttpResponse>;
}

export interface HttpServer {
  route(route: HttpRoute): void;
}
/** Port 12800. */
export const HttpServer = serviceToken<HttpServer>('server.HttpServer');
/** Port 17128, bound to loopback by default. */
export const AdminServer = serviceToken<HttpServer>('server.AdminServer');

export interface ExtraListener {
  /** Whose setting the port is, e.g. `receiver/zipkin`; also its name in the log and in `BoundPorts.extra`. */
  readonly provider: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** HTTP ports beside 12800 and 17128, with the same limits, TLS and tokens. Ask during start; they open with the others. */
export interface ExtraHttpServers {
  listen(listener: ExtraListener): HttpServer;
}
export const ExtraHttpServers = serviceToken<ExtraHttpServers>('server.ExtraHttpServers');

/** The state that health checks show. */
export interface ServerState {
  current(): 'starting' | 'ready' | 'draining';
}
export const ServerState = serviceToken<ServerState>('server.ServerState');

export interface BoundPorts {
  /** Real port numbers by listener name, once listening. */
  readonly grpc: number;
  readonly http: number;
  readonly admin: number;
  /** By the provider that asked for it. */
  readonly extra: Readonly<Record<string, number>>;
}

/** Opens and closes the ports. */
export interface Listeners {
  open(): Promise<BoundPorts>;
  /** The real ports while they are open; undefined before and after. */
  ports(): BoundPorts | undefined;
  /** Refuses new work, lets running requests end. */
  close(): Promise<void>;
}
export const Listeners = serviceToken<Listeners>('server.Listeners');

export const ServerModule = defineModule({
  name: 'server',
  arity: 'one',
  services: [GrpcServer, HttpServer, AdminServer, ExtraHttpServers, ServerState, Listeners],
});
export const ListenerModule = defineModule({ name: 'listener', arity: 'one', services: [] });
