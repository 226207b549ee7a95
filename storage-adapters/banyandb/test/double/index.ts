/** A BanyanDB in memory, for tests: it speaks the protocol and has the traps of real servers, checked against them. */
import type { Faults } from './faults.js';
import { DoubleServer, type DoubleTls } from './server.js';
import { World, type WorldOptions } from './world.js';

export type { Faults } from './faults.js';
export type { DoubleTls } from './server.js';

export interface BanyanDoubleOptions extends WorldOptions {
  readonly tls?: DoubleTls;
  /** 0, the default: any free one. */
  readonly port?: number;
}

export interface RestartOptions {
  /** Loses what was not flushed. The youngest objects of the registry are lost by every restart. */
  readonly crash?: boolean;
  /** Its data are closed, and its network is not yet: for clients that come too late. */
  readonly whileClosing?: () => Promise<void>;
  /** Before it listens again: for clients that come too early. */
  readonly before?: () => Promise<void>;
}

export class BanyanDouble {
  private server: DoubleServer | undefined;
  private port: number;

  constructor(
    private readonly world: World,
    private readonly options: BanyanDoubleOptions,
  ) {
    this.port = options.port ?? 0;
  }

  async listen(): Promise<void> {
    const server = new DoubleServer(this.world, this.options.tls);
    this.port = await server.listen(this.port);
    this.server = server;
  }

  /** `127.0.0.1:port`: the same after a restart. */
  get target(): string {
    return `127.0.0.1:${this.port}`;
  }

  get faults(): Faults {
    return this.world.faults;
  }

  /** By `banyandb.measure.v1.MeasureService/Query`; refused ones count too. */
  get calls(): ReadonlyMap<string, number> {
    return this.world.calls;
  }

  /** Rows taken by write streams. */
  get rows(): Readonly<Record<'measure' | 'stream' | 'trace', number>> {
    return this.world.rows;
  }

  set apiVersion(version: string) {
    this.world.apiVersion = version;
  }

  /** The answer of the health service. */
  set serving(serving: boolean) {
    this.world.serving = serving;
  }

  /** Writes and queries do not see what is made from now on for so many calls each. */
  hideNewSchemas(calls: number): void {
    this.world.registry.hideNew = calls;
  }

  /** The rows and properties in memory survive a crash from now on. */
  flush(): void {
    this.world.flush();
  }

  /** Connections break; calls under way fail. What was taken is flushed. */
  stop(): Promise<void> {
    this.flush();
    return this.close();
  }

  private async close(): Promise<void> {
    await this.server?.close();
    this.server = undefined;
  }

  async restart({ crash = false, whileClosing, before }: RestartOptions = {}): Promise<void> {
    this.world.store.isClosed = whileClosing !== undefined;
    await whileClosing?.();
    await this.close();
    this.world.store.isClosed = false;
    if (crash) {
      this.world.crash();
    } else {
      this.flush();
      this.world.loseSchemas();
    }
    await before?.();
    await this.listen();
  }
}

export async function startBanyanDouble(options: BanyanDoubleOptions = {}): Promise<BanyanDouble> {
  const double = new BanyanDouble(new World(options), options);
  await double.listen();
  return double;
}
