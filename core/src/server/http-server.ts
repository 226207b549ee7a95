/** A shared HTTP server on fastify: the public one and the admin one are two of these. */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { HttpRoute, HttpServer } from '../contract/server.js';
import type { Logger, SelfMetrics } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { AccessControl } from './access.js';
import type { ByteBudget } from './byte-budget.js';
import { serverErrors } from './errors.js';
import { Gate } from './gate.js';
import { encodingOf, inflated, readBody, tooLarge, type BodyLimit, type BodyRoom } from './http-body.js';
import { errorResponse, refusalOf } from './http-error.js';
import { firstOfEach, headerOf, health, httpsOptions, send, urlOf } from './http-exchange.js';
import { RouteTable } from './http-routes.js';
import { sharedIdentity } from './identity.js';
import { limitFor } from './media-type.js';
import { bindError, PortFaults, PortSet, type PortTarget } from './ports.js';
import type { HttpSettings } from './settings.js';
import type { LifecycleState } from './state.js';
import type { TlsMaterial } from './tls.js';

/** What a server counts; the public and the admin one each have metrics of their own, all extra ones share theirs. */
export interface HttpMetrics {
  refused(reason: 'connections' | 'token' | 'draining' | 'busy' | 'bytes'): void;
  /** Called once, with what tells the requests in flight. */
  observe(requests: () => number): void;
}

export interface HttpServerOptions {
  /** Shown in errors and metrics: http, admin, or the provider that asked for a port of its own. */
  readonly listener: string;
  /** Whose settings host and port are, when they are not those of the shared servers. */
  readonly provider?: string;
  /** Tells what goes on in every state. */
  readonly always?: boolean;
  readonly counts: HttpMetrics;
  readonly settings: HttpSettings;
  readonly access: AccessControl;
  readonly budget: ByteBudget;
  readonly state: LifecycleState;
  readonly logger: Logger;
  readonly metrics: SelfMetrics;
}

const noBody = Buffer.alloc(0);
const healthPath = '/healthcheck';

/** No route has a schema; without these, fastify loads its JSON schema compilers, a tenth of the whole start. */
const noCompilers = { buildValidator: () => neverCompiles, buildSerializer: () => neverCompiles };

function neverCompiles(): never {
  throw new TypeError('routes of the shared servers have no schema');
}

interface Admitted {
  readonly route: HttpRoute;
  readonly url: URL;
  readonly room: BodyRoom;
}

export class SharedHttpServer implements HttpServer {
  private readonly routes: RouteTable;
  private readonly gate: Gate;
  private readonly portFaults: PortFaults;
  private readonly limit: BodyLimit;
  private readonly admitted = new WeakMap<FastifyRequest, Admitted>();
  private app: FastifyInstance | undefined;
  private extraPorts: PortSet | undefined;

  constructor(private readonly options: HttpServerOptions) {
    const { listener, settings, counts, state } = options;
    this.routes = new RouteTable(listener);
    this.gate = new Gate(settings.maxConcurrentRequests);
    counts.observe(() => this.gate.count);
    this.portFaults = new PortFaults(listener, options);
    this.limit = {
      bytes: settings.maxBodyBytes,
      setting: `${sharedIdentity} http.maxBodyBytes`,
      env: settingVariable(sharedIdentity, ['http', 'maxBodyBytes']),
    };
    this.route({ method: 'GET', path: healthPath, access: 'open', handler: async () => health(state) });
  }

  route(route: HttpRoute): void {
    this.routes.add(route);
  }

  async open(tls?: TlsMaterial): Promise<number> {
    const { settings, listener, provider, counts } = this.options;
    const app = this.build(tls);
    this.app = app;
    const target: PortTarget = { listener, host: settings.host, port: settings.port, key: 'port', ...(provider === undefined ? {} : { provider }) };
    await app.listen({ host: target.host, port: target.port }).catch((cause: unknown) => {
      throw bindError(target, cause);
    });
    const server = app.server;
    server.maxConnections = settings.maxConnections;
    server.on('error', (error) => this.portFaults.tell(error));
    server.on('drop', () => counts.refused('connections'));
    if (settings.otlpPort !== 0) await this.openExtra(server, { ...target, port: settings.otlpPort, key: 'otlpPort' });
    return (server.address() as AddressInfo).port;
  }

  /** Waits until requests in flight have ended; new ones are refused because the state is `draining`. */
  drain(withinMs: number): Promise<boolean> {
    return this.gate.idle(withinMs);
  }

  async close(): Promise<void> {
    this.extraPorts?.close();
    this.app?.server.closeAllConnections();
    await this.app?.close();
    this.app = undefined;
  }

  private async openExtra(server: Server, target: PortTarget): Promise<void> {
    this.extraPorts = new PortSet({
      maxConnections: this.options.settings.maxConnections,
      onConnection: (socket) => void server.emit('connection', socket),
      onRefused: () => this.options.counts.refused('connections'),
      onFault: (error) => this.portFaults.tell(error),
    });
    await this.extraPorts.open(target);
  }

  private build(tls: TlsMaterial | undefined): FastifyInstance {
    const { settings } = this.options;
    const app = fastify({
      bodyLimit: settings.maxBodyBytes,
      requestTimeout: settings.requestTimeoutMs,
      keepAliveTimeout: settings.keepaliveTimeoutMs,
      forceCloseConnections: true,
      return503OnClosing: false,
      exposeHeadRoutes: false,
      frameworkErrors: (error, request, reply) => void this.fail(error, request, reply),
      schemaController: { compilersFactory: noCompilers },
      ...(tls === undefined ? {} : { https: httpsOptions(tls) }),
    }) as unknown as FastifyInstance;
    // PromQL clients send GET with a form body.
    app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => this.read(request, payload));
    app.addHook('onRequest', async (request, reply) => this.admit(request, reply));
    app.setErrorHandler((error, request, reply) => this.fail(error, request, reply));
    // Every path ends here: routes of plugins may come after the start and are found in our own table.
    app.setNotFoundHandler((request, reply) => this.answer(request, reply));
    return app;
  }

  /** Before the body is read: state, path, method, token, content type, room, encoding. */
  private admit(request: FastifyRequest, reply: FastifyReply): void {
    const url = urlOf(request);
    const isHealth = url.pathname === healthPath;
    if (!isHealth) this.demandReady();
    const route = this.routes.find(request.method, url.pathname);
    const unauthenticated = this.options.access.refusal(route.access, (name) => headerOf(request, name));
    if (unauthenticated !== undefined) {
      this.options.counts.refused('token');
      throw unauthenticated;
    }
    const limit = limitFor(route, headerOf(request, 'content-type'), this.limit);
    encodingOf(headerOf(request, 'content-encoding'));
    if (Number(headerOf(request, 'content-length') ?? 0) > limit.bytes) throw tooLarge(limit);
    const lease = this.options.budget.lease();
    this.admitted.set(request, { route, url, room: { limit, lease, refuse: () => this.refuseBytes() } });
    // Health is told under any load.
    if (!isHealth && !this.gate.enter()) this.refuseBusy();
    reply.raw.once('close', () => {
      if (!isHealth) this.gate.leave();
      lease.end();
    });
  }

  private demandReady(): void {
    const state = this.options.state.current();
    if (state === 'ready' || this.options.always === true) return;
    this.options.counts.refused('draining');
    throw serverErrors.METERLARK_SERVER_DRAINING({ state });
  }

  private refuseBusy(): never {
    this.options.counts.refused('busy');
    throw serverErrors.METERLARK_SERVER_BUSY({
      listener: this.options.listener,
      limit: this.options.settings.maxConcurrentRequests,
      setting: `${sharedIdentity} http.maxConcurrentRequests`,
      env: settingVariable(sharedIdentity, ['http', 'maxConcurrentRequests']),
    });
  }

  private refuseBytes(): never {
    this.options.counts.refused('bytes');
    throw this.options.budget.refusal();
  }

  private async read(request: FastifyRequest, payload: IncomingMessage): Promise<Buffer> {
    const admitted = this.admitted.get(request);
    return admitted === undefined ? noBody : readBody(payload, admitted.room);
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const admitted = this.admitted.get(request);
    if (admitted === undefined) throw serverErrors.METERLARK_SERVER_NOT_FOUND();
    const raw = Buffer.isBuffer(request.body) ? request.body : noBody;
    const encoding = encodingOf(headerOf(request, 'content-encoding'));
    const response = await admitted.route.handler({
      method: request.method,
      path: admitted.url.pathname,
      query: firstOfEach(admitted.url.searchParams),
      header: (name) => headerOf(request, name),
      body: await inflated(raw, encoding, admitted.room),
    });
    return send(reply, response);
  }

  private fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const known = refusalOf(error, this.limit);
    if (known === undefined) this.options.logger.error('HTTP handler failed', { method: request.method, path: request.url, error });
    return send(reply, errorResponse(known ?? serverErrors.METERLARK_SERVER_INTERNAL(), headerOf(request, 'content-type')));
  }
}
