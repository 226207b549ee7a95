/** Opens the shared ports in order and closes them without dropping what runs. */
import type { BoundPorts, Listeners } from '../contract/server.js';
import type { Logger } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { SharedExtraServers } from './extra-servers.js';
import type { SharedGrpcServer } from './grpc-server.js';
import type { SharedHttpServer } from './http-server.js';
import { sharedIdentity } from './identity.js';
import type { ServerSettings } from './settings.js';
import type { LifecycleState } from './state.js';
import { loadTls } from './tls.js';

export interface ListenersOptions {
  readonly settings: ServerSettings;
  readonly grpc: SharedGrpcServer;
  readonly http: SharedHttpServer;
  readonly admin: SharedHttpServer;
  readonly extra: SharedExtraServers;
  readonly state: LifecycleState;
  readonly logger: Logger;
  readonly rootFolder: string;
}

export class SharedListeners implements Listeners {
  private adminPort: number | undefined;
  private httpPort: number | undefined;
  private bound: BoundPorts | undefined;

  constructor(private readonly options: ListenersOptions) {}

  ports(): BoundPorts | undefined {
    return this.bound;
  }

  /** The admin port opens before the others and closes after them, so that health and metrics can be seen meanwhile. */
  async openAdmin(): Promise<number> {
    this.adminPort ??= await this.options.admin.open();
    return this.adminPort;
  }

  async closeAdmin(): Promise<void> {
    await this.options.admin.close();
    this.adminPort = undefined;
  }

  /**
   * Opens before what it serves has started, and answers 503 until then. The gRPC port does not: grpc-js answers for a
   * service that is not there yet with UNIMPLEMENTED, after which senders drop what they have.
   */
  async openHttp(): Promise<number> {
    const { settings, http, rootFolder } = this.options;
    this.httpPort ??= await http.open(loadTls('http', settings.http.tls, rootFolder));
    return this.httpPort;
  }

  async closeHttp(): Promise<void> {
    await this.options.http.close();
    this.httpPort = undefined;
  }

  async open(): Promise<BoundPorts> {
    const { settings, grpc, extra, state, rootFolder } = this.options;
    this.warnOfOpenDoors();
    const admin = await this.openAdmin();
    try {
      const grpcPort = await grpc.open(loadTls('grpc', settings.grpc.tls, rootFolder));
      const http = await this.openHttp();
      this.bound = { grpc: grpcPort, http, admin, extra: await extra.open(loadTls('http', settings.http.tls, rootFolder)) };
    } catch (error) {
      await Promise.all([grpc.close(), this.closeHttp(), extra.close()]);
      throw error;
    }
    state.become('ready');
    return this.bound;
  }

  async close(): Promise<void> {
    const { grpc, http, extra, state, settings, logger } = this.options;
    state.become('draining');
    const drained = await Promise.all([grpc, http, extra].map((server) => server.drain(settings.drainTimeoutMs)));
    if (drained.includes(false)) logger.warn('requests were cut off at the end of the drain time', { drainTimeoutMs: settings.drainTimeoutMs });
    await Promise.all([grpc.close(), this.closeHttp(), extra.close()]);
    this.bound = undefined;
  }

  private warnOfOpenDoors(): void {
    const { settings, extra, logger } = this.options;
    const missing = (['receiverToken', 'queryToken'] as const).filter((key) => settings[key] === '');
    const hosts = [settings.grpc.host, settings.http.host, ...extra.hosts].filter((host) => !isLoopback(host));
    if (hosts.length > 0 && missing.length > 0) {
      logger.warn('the ports are open to other machines and no token is asked for', {
        hosts: [...new Set(hosts)],
        env: missing.map((key) => settingVariable(sharedIdentity, [key])),
      });
    }
    if (!isLoopback(settings.admin.host)) {
      logger.warn('the admin port is open to other machines and has no token', {
        host: settings.admin.host,
        env: settingVariable(sharedIdentity, ['admin', 'host']),
      });
    }
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
