/** `server/shared`: the servers that plugins add services and routes to. Their ports are opened by `listener/shared`. */
import { AdminServer, ExtraHttpServers, GrpcServer, HttpServer, Listeners, ServerModule, ServerState } from '../contract/server.js';
import { Logger, MetricsExposition, ProcessInfo, SelfMetrics } from '../kernel/ambient.js';
import { defineProvider, type Resolver } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import { AccessControl } from './access.js';
import { ByteBudget } from './byte-budget.js';
import { SharedExtraServers } from './extra-servers.js';
import { addHealthService } from './grpc-health.js';
import { SharedGrpcServer } from './grpc-server.js';
import { metricsOf } from './http-metrics.js';
import { SharedHttpServer } from './http-server.js';
import { SharedListeners } from './listeners.js';
import { serverSchema, type HttpSettings, type ServerSettings } from './settings.js';
import { LifecycleState } from './state.js';

export interface SharedServers {
  readonly grpc: SharedGrpcServer;
  readonly http: SharedHttpServer;
  readonly admin: SharedHttpServer;
  readonly extra: SharedExtraServers;
  readonly state: LifecycleState;
  readonly listeners: SharedListeners;
}
const SharedServers = serviceToken<SharedServers>('server.SharedServers');

export function makeServers(settings: ServerSettings, resolver: Pick<Resolver, 'get'>): SharedServers {
  const logger = resolver.get(Logger);
  const state = new LifecycleState();
  const metrics = resolver.get(SelfMetrics);
  const budget = new ByteBudget(settings.maxInFlightBytes, metrics);
  const common = { access: new AccessControl(settings), budget, state, logger, metrics };
  const grpc = new SharedGrpcServer({ ...common, settings: settings.grpc });
  addHealthService({ server: grpc.inner, state, hasService: (name) => grpc.hasService(name) });
  const http = new SharedHttpServer({ ...common, listener: 'http', counts: metricsOf('http', metrics), settings: settings.http });
  const counts = metricsOf('admin', metrics);
  const admin = new SharedHttpServer({ ...common, listener: 'admin', always: true, counts, settings: adminSettings(settings) });
  const extra = new SharedExtraServers({ ...common, settings: settings.http });
  const { rootFolder } = resolver.get(ProcessInfo);
  const listeners = new SharedListeners({ settings, grpc, http, admin, extra, state, logger, rootFolder });
  return { grpc, http, admin, extra, state, listeners };
}

function adminSettings(settings: ServerSettings): HttpSettings {
  return { ...settings.http, ...settings.admin, otlpPort: 0 };
}

export default defineProvider<ServerSettings>({
  module: ServerModule,
  name: 'shared',
  config: serverSchema,
  register: ({ bind, config }) => {
    bind(SharedServers).toFactory((resolver) => makeServers(config, resolver));
    bind(GrpcServer).toFactory((resolver) => resolver.get(SharedServers).grpc);
    bind(HttpServer).toFactory((resolver) => resolver.get(SharedServers).http);
    bind(AdminServer).toFactory((resolver) => resolver.get(SharedServers).admin);
    bind(ExtraHttpServers).toFactory((resolver) => resolver.get(SharedServers).extra);
    bind(ServerState).toFactory((resolver) => resolver.get(SharedServers).state);
    bind(Listeners).toFactory((resolver) => resolver.get(SharedServers).listeners);
  },
  start: async ({ get }) => {
    const { admin, listeners } = get(SharedServers);
    const exposition = get(MetricsExposition);
    admin.route({
      method: 'GET',
      path: '/metrics',
      access: 'open',
      handler: async () => ({ status: 200, headers: { 'content-type': exposition.contentType }, body: await exposition.text() }),
    });
    await listeners.openAdmin();
    try {
      await listeners.openHttp();
    } catch (error) {
      await listeners.closeAdmin();
      throw error;
    }
    return async () => {
      await listeners.closeHttp();
      await listeners.closeAdmin();
    };
  },
});
