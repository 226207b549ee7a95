/** The engine: registers every provider, starts them along `requires`, stops them in reverse. */
import { Logger } from './ambient.js';
import { within } from './deadline.js';
import type { ProviderDefinition, Resolver, Stop } from './definition.js';
import { isMeterlarkError, type MeterlarkError } from './error.js';
import { combineFaults, kernelErrors, reasonOf } from './errors.js';
import { identityOf } from './provider-loader.js';
import { ServiceDirectory } from './service-directory.js';
import { startOrder } from './start-order.js';
import type { ServiceToken } from './token.js';

export interface ConfiguredProvider {
  readonly definition: ProviderDefinition;
  readonly config: unknown;
}

export interface AmbientService {
  readonly token: ServiceToken<unknown>;
  readonly value: unknown;
}

export interface ModuleHostOptions {
  /** In inventory order. */
  readonly providers: readonly ConfiguredProvider[];
  readonly logger: Logger;
  /** Given to every provider beside its logger. */
  readonly ambient: readonly AmbientService[];
  /** For the stop of each provider, and for a start that was called off. */
  readonly stopDeadlineMs: number;
}

export interface StopReport {
  /** Empty after a clean stop. */
  readonly faults: readonly MeterlarkError[];
}

interface Running {
  readonly identity: string;
  readonly stop: Stop | undefined;
}

/** Asker's name in errors of `ModuleHost.get`. */
const hostIdentity = 'host';

export class ModuleHost implements Resolver {
  private readonly order: readonly ConfiguredProvider[];
  private readonly directory: ServiceDirectory;
  private readonly running: Running[] = [];
  private readonly calledOff = new AbortController();
  private registered = false;
  private starting: Promise<void> | undefined;
  private stopping: Promise<StopReport> | undefined;

  /** Throws all faults of the requirements. */
  constructor(private readonly options: ModuleHostOptions) {
    const { order, faults } = startOrder(options.providers);
    if (faults.length > 0) throw combineFaults(faults);
    this.order = order;
    this.directory = new ServiceDirectory(options.providers.map(({ definition }) => definition));
  }

  /** Identities in start order. */
  get identities(): readonly string[] {
    return this.order.map(({ definition }) => identityOf(definition));
  }

  /** Runs every `register` and checks every promise; no I/O. Throws all faults. `start` does it when it was not done. */
  register(): void {
    if (this.registered) return;
    this.registered = true;
    const faults = this.order.flatMap((provider) => this.registerOne(provider));
    // A provider that failed halfway would be blamed again for what it had no time to bind.
    if (faults.length === 0) faults.push(...this.directory.unkept());
    if (faults.length > 0) throw combineFaults(faults);
    this.directory.connect();
  }

  /** Rejects with the cause after having undone what was started. */
  async start(): Promise<void> {
    this.register();
    this.starting ??= this.startAll();
    await this.starting;
  }

  /** Stops in reverse, also while starting; safe to call twice. Never rejects. */
  stop(): Promise<StopReport> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  get<T>(token: ServiceToken<T>): T {
    return this.directory.one(token, hostIdentity) as T;
  }

  all<T>(token: ServiceToken<T>): readonly T[] {
    return this.directory.all(token) as readonly T[];
  }

  private registerOne({ definition, config }: ConfiguredProvider): MeterlarkError[] {
    const provider = identityOf(definition);
    const container = this.directory.containerOf(definition);
    const logger = this.options.logger.child({ provider });
    container.lend(Logger, logger);
    for (const { token, value } of this.options.ambient) container.lend(token, value);
    try {
      // A definition written in JavaScript may hand back a promise, which nobody would wait for.
      const result: unknown = definition.register?.({ bind: (token) => container.bind(token), config, logger });
      if (!isThenable(result)) return [];
      void Promise.resolve(result).catch(() => undefined);
      return [kernelErrors.METERLARK_KERNEL_REGISTER_FAILED({ provider, reason: 'it is asynchronous' })];
    } catch (error) {
      if (isMeterlarkError(error)) return [error];
      return [kernelErrors.METERLARK_KERNEL_REGISTER_FAILED({ provider, reason: reasonOf(error) }, error)];
    }
  }

  private async startAll(): Promise<void> {
    for (const provider of this.order) {
      try {
        await this.startOne(provider);
      } catch (error) {
        await this.undo();
        throw error;
      }
    }
  }

  private async startOne({ definition, config }: ConfiguredProvider): Promise<void> {
    const identity = identityOf(definition);
    const { signal } = this.calledOff;
    if (signal.aborted) throw kernelErrors.METERLARK_KERNEL_START_ABORTED({ provider: identity });
    const { resolver } = this.directory.containerOf(definition);
    const logger = this.options.logger.child({ provider: identity });
    const begun = performance.now();
    try {
      const stop = await definition.start?.({ ...resolver, config, logger });
      this.running.push({ identity, stop: typeof stop === 'function' ? stop : undefined });
    } catch (error) {
      const advice = isMeterlarkError(error) ? error.cure : 'See the cause; what had been started was stopped again.';
      throw kernelErrors.METERLARK_KERNEL_START_FAILED({ provider: identity, reason: reasonOf(error), advice }, error);
    }
    logger.info('provider started', { ms: Math.round((performance.now() - begun) * 10) / 10 });
  }

  private async stopAll(): Promise<StopReport> {
    this.calledOff.abort();
    const { starting } = this;
    const faults: MeterlarkError[] = [];
    if (starting !== undefined) {
      // The provider that is starting right now ends its start; then `startAll` sees that it was called off.
      const outcome = await within(this.options.stopDeadlineMs, () => starting.catch(() => undefined));
      if (outcome.state === 'late') faults.push(this.late('the start'));
    }
    return { faults: [...faults, ...(await this.undo())] };
  }

  private async undo(): Promise<MeterlarkError[]> {
    const faults: MeterlarkError[] = [];
    for (let last = this.running.pop(); last !== undefined; last = this.running.pop()) {
      const { identity, stop } = last;
      const outcome = await within(this.options.stopDeadlineMs, async () => stop?.());
      if (outcome.state === 'late') faults.push(this.late(identity));
      if (outcome.state === 'failed') faults.push(this.failed(identity, outcome.error));
    }
    return faults;
  }

  private late(provider: string): MeterlarkError {
    const fault = kernelErrors.METERLARK_KERNEL_STOP_DEADLINE({ provider, deadlineMs: this.options.stopDeadlineMs });
    this.options.logger.error('stop deadline passed', { provider, error: fault });
    return fault;
  }

  private failed(provider: string, error: unknown): MeterlarkError {
    const fault = kernelErrors.METERLARK_KERNEL_STOP_FAILED({ provider, reason: reasonOf(error) }, error);
    this.options.logger.error('stop failed', { provider, error: fault });
    return fault;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
