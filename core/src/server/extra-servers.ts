/** HTTP servers on ports that plugins ask for, beside the public and the admin one. */
import type { ExtraHttpServers, ExtraListener, HttpServer } from '../contract/server.js';
import { serverErrors } from './errors.js';
import { ExtraMetrics } from './http-metrics.js';
import { SharedHttpServer, type HttpServerOptions } from './http-server.js';
import type { TlsMaterial } from './tls.js';

/** All but the metrics is what the public server has; each has room for as many requests as that one. */
export type CommonOptions = Omit<HttpServerOptions, 'listener' | 'provider' | 'always' | 'counts'>;

interface Extra {
  readonly listener: ExtraListener;
  readonly server: SharedHttpServer;
}

export class SharedExtraServers implements ExtraHttpServers {
  private readonly extras: Extra[] = [];
  private readonly metrics: ExtraMetrics;
  private opened = false;

  constructor(private readonly common: CommonOptions) {
    this.metrics = new ExtraMetrics(common.metrics);
  }

  get hosts(): readonly string[] {
    return this.extras.map(({ listener }) => listener.host);
  }

  listen(listener: ExtraListener): HttpServer {
    const { provider, host, port } = listener;
    if (this.opened) throw serverErrors.METERLARK_SERVER_LISTENER_REFUSED({ provider, reason: 'after the ports were opened' });
    if (this.extras.some((other) => other.listener.provider === provider)) {
      throw serverErrors.METERLARK_SERVER_LISTENER_REFUSED({ provider, reason: 'twice' });
    }
    const settings = { ...this.common.settings, host, port, otlpPort: 0 };
    const server = new SharedHttpServer({ ...this.common, settings, listener: provider, provider, counts: this.metrics.of(provider) });
    this.extras.push({ listener, server });
    return server;
  }

  /** The real ports by provider. When one cannot be opened, all are closed by `close`. */
  async open(tls: TlsMaterial | undefined): Promise<Readonly<Record<string, number>>> {
    this.opened = true;
    const ports: Record<string, number> = {};
    for (const { listener, server } of this.extras) ports[listener.provider] = await server.open(tls);
    return ports;
  }

  async drain(withinMs: number): Promise<boolean> {
    const drained = await Promise.all(this.extras.map(({ server }) => server.drain(withinMs)));
    return !drained.includes(false);
  }

  async close(): Promise<void> {
    await Promise.all(this.extras.map(({ server }) => server.close()));
  }
}
