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
  /** For the start of each provider. */
  readonly startDeadlineMs: number;
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
  private order: readonly ConfiguredProvider[];
  private readonly directory: ServiceDirectory;
  private readonly running: Running[] = [];
  private readonly calledOff = new AbortController();
  private registered = false;
  private starting: Promise<void> | undefined;
  private stopping: Promise<StopReport> | undefined;
  /** Identity of the provider whose start has not ended. */
  private atWork = '';
  /** Every undo after the one before it, with the faults of all: two at a time would leave each other's out. */
  private undoing: Promise<readonly MeterlarkError[]> = Promise.resolve([]);

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
    const { order, faults: circles } = startOrder(this.order, ({ definition }, token) => this.directory.keeps(definition, token));
    if (circles.length > 0) throw combineFaults(circles);
    this.order = order;
  }

  /** Asks every provider what it finds wrong, without starting any. Rejects with all faults. */
  async check(): Promise<void> {
    this.register();
    const found = await Promise.all(this.order.map((provider) => this.checkOne(provider)));
    const faults = found.flat();
    if (faults.length > 0) throw combineFaults(faults);
  }

  /** Rejects with the cause after having undone what was started. */
  async start(): Promise<void> {
    this.register();
    this.starting ??= this.startAll();
    try {
      await this.starting;
    } catch (error) {
      this.calledOff.abort();
      await this.undo();
      throw error;
    }
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

  private async checkOne({ definition, config }: ConfiguredProvider): Promise<readonly MeterlarkError[]> {
    if (definition.check === undefined) return [];
    const provider = identityOf(definition);
    const { resolver } = this.directory.containerOf(definition);
    try {
      return await definition.check({ ...resolver, config, logger: this.options.logger.child({ provider }) });
    } catch (error) {
      if (isMeterlarkError(error)) return [error];
      return [kernelErrors.METERLARK_KERNEL_CHECK_FAILED({ provider, reason: reasonOf(error) }, error)];
    }
  }

  private async startAll(): Promise<void> {
    for (const provider of this.order) await this.startOne(provider);
  }

  private async startOne(provider: ConfiguredProvider): Promise<void> {
    const identity = identityOf(provider.definition);
    if (this.calledOff.signal.aborted) throw kernelErrors.METERLARK_KERNEL_START_ABORTED({ provider: identity });
    this.atWork = identity;
    const logger = this.options.logger.child({ provider: identity });
    const deadlineMs = this.options.startDeadlineMs;
    const begun = performance.now();
    const outcome = await within(deadlineMs, () => this.begin(provider, logger));
    if (outcome.state === 'late') throw kernelErrors.METERLARK_KERNEL_START_DEADLINE({ provider: identity, deadlineMs });
    if (outcome.state === 'failed') {
      const { error } = outcome;
      const advice = isMeterlarkError(error) ? error.cure : 'See the cause; what had been started was stopped again.';
      throw kernelErrors.METERLARK_KERNEL_START_FAILED({ provider: identity, reason: reasonOf(error), advice }, error);
    }
    logger.info('provider started', { ms: Math.round((performance.now() - begun) * 10) / 10 });
  }

  private async begin({ definition, config }: ConfiguredProvider, logger: Logger): Promise<void> {
    const { resolver } = this.directory.containerOf(definition);
    const stop = await definition.start?.({ ...resolver, config, logger });
    this.running.push({ identity: identityOf(definition), stop: typeof stop === 'function' ? stop : undefined });
    // A start that ends after its deadline finds nobody who waits for it: it is undone here.
    if (this.calledOff.signal.aborted) void this.undo();
  }

  private async stopAll(): Promise<StopReport> {
    this.calledOff.abort();
    const { starting } = this;
    const faults: MeterlarkError[] = [];
    if (starting !== undefined) {
      // The provider that is starting right now ends its start; then `startAll` sees that it was called off.
      const outcome = await within(this.options.stopDeadlineMs, () => starting.catch((error: unknown) => faults.push(...unended(error))));
      if (outcome.state === 'late') faults.push(this.late(`the start of ${this.atWork}`));
    }
    return { faults: [...faults, ...(await this.undo())] };
  }

  private undo(): Promise<readonly MeterlarkError[]> {
    this.undoing = this.undoing.then(async (earlier) => [...earlier, ...(await this.undoRunning())]);
    return this.undoing;
  }

  private async undoRunning(): Promise<MeterlarkError[]> {
    const faults: MeterlarkError[] = [];
    for (let last = this.running.pop(); last !== undefined; last = this.running.pop()) {
      const { identity, stop } = last;
      const outcome = await within(this.options.stopDeadlineMs, async () => stop?.());
      if (outcome.state === 'late') faults.push(this.late(`the stop of ${identity}`));
      if (outcome.state === 'failed') faults.push(this.failed(identity, outcome.error));
    }
    return faults;
  }

  private late(work: string): MeterlarkError {
    const fault = kernelErrors.METERLARK_KERNEL_STOP_DEADLINE({ work, deadlineMs: this.options.stopDeadlineMs });
    this.options.logger.error('stop deadline passed', { work, error: fault });
    return fault;
  }

  private failed(provider: string, error: unknown): MeterlarkError {
    const fault = kernelErrors.METERLARK_KERNEL_STOP_FAILED({ provider, reason: reasonOf(error) }, error);
    this.options.logger.error('stop failed', { provider, error: fault });
    return fault;
  }
}

/** A start that was given up at its deadline is at work still: no clean stop. Any other failure has ended. */
function unended(error: unknown): readonly MeterlarkError[] {
  return isMeterlarkError(error) && error.code === 'METERLARK_KERNEL_START_DEADLINE' ? [error] : [];
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
