/** Opening TCP ports, with one clear error when that fails. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Counter, Logger, SelfMetrics } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { MeterlarkError } from '../kernel/error.js';
import { reasonOf } from '../kernel/errors.js';
import { serverErrors } from './errors.js';
import { sharedIdentity } from './identity.js';

export interface PortTarget {
  /** Shown in errors and metrics: grpc, http, admin, or the provider that asked for a port of its own. */
  readonly listener: string;
  /** Whose settings host and port are, when they are not those of the shared servers. */
  readonly provider?: string;
  readonly host: string;
  readonly port: number;
  /** Key of the port's setting inside `listener`, or among those of the provider. */
  readonly key: 'port' | 'otlpPort';
}

/** A machine without file descriptors fails at every connection. */
const quietMs = 10_000;

const hostFaults: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EINVAL', 'EAFNOSUPPORT']);

export function bindError(target: PortTarget, cause: unknown): MeterlarkError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const key = hostFaults.has(code) ? 'host' : target.key;
  const fields = {
    listener: target.listener,
    host: target.host,
    port: target.port,
    ...settingOf(target, key),
    reason: reasonOf(cause),
  };
  if (code === 'EADDRINUSE') return serverErrors.METERLARK_SERVER_PORT_TAKEN(fields, cause);
  if (code === 'EACCES' || code === 'EPERM') return serverErrors.METERLARK_SERVER_PORT_NOT_PERMITTED(fields, cause);
  if (hostFaults.has(code)) return serverErrors.METERLARK_SERVER_BAD_HOST(fields, cause);
  return serverErrors.METERLARK_SERVER_LISTEN_FAILED(fields, cause);
}

function settingOf({ listener, provider }: PortTarget, key: string): { readonly setting: string; readonly env: string } {
  if (provider !== undefined) return { setting: `${provider} ${key}`, env: settingVariable(provider, [key]) };
  return { setting: `${sharedIdentity} ${listener}.${key}`, env: settingVariable(sharedIdentity, [listener, key]) };
}

/** Faults of an open port, e.g. no file descriptor left for a connection: each is counted, and the first of a while logged. */
export class PortFaults {
  private readonly faults: Counter;
  private quietUntilMs = 0;

  constructor(
    private readonly listener: PortTarget['listener'],
    private readonly services: { readonly logger: Logger; readonly metrics: SelfMetrics },
  ) {
    this.faults = services.metrics.counter('meterlark_server_port_faults_total', 'Faults of open ports, by listener.', ['listener']);
  }

  tell(error: Error): void {
    this.faults.add(1, { listener: this.listener });
    const nowMs = performance.now();
    if (nowMs < this.quietUntilMs) return;
    this.quietUntilMs = nowMs + quietMs;
    this.services.logger.error('an open port failed to take a connection', { listener: this.listener, error });
  }
}

/** Resolves with the real port number. */
export function listen(server: Server, target: PortTarget, onFault: (error: Error) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(bindError(target, cause));
    server.once('error', fail);
    server.listen({ host: target.host, port: target.port }, () => {
      server.off('error', fail);
      // Later faults of a listening socket concern one connection each: the server goes on.
      server.on('error', onFault);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

export interface PortSetOptions {
  readonly maxConnections: number;
  onConnection(socket: Socket): void;
  onRefused(): void;
  onFault(error: Error): void;
}

/** Ports whose connections all go to one protocol server; the limit of connections holds over all of them. */
export class PortSet {
  private readonly servers: Server[] = [];
  private connections = 0;

  constructor(private readonly options: PortSetOptions) {}

  async open(target: PortTarget): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.take(socket));
    const port = await listen(server, target, (error) => this.options.onFault(error));
    this.servers.push(server);
    return port;
  }

  /** Takes no new connections; open ones live on. */
  close(): void {
    for (const server of this.servers.splice(0)) server.close();
  }

  private take(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.connections >= this.options.maxConnections) {
      this.options.onRefused();
      socket.destroy();
      return;
    }
    this.connections += 1;
    socket.once('close', () => (this.connections -= 1));
    this.options.onConnection(socket);
  }
}
