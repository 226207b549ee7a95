/** Puts a host together: settings, ambient services, the plan. Nothing is registered or started yet. */
import * as api from '../index.js';
import { Clock, MetricsExposition, ProcessInfo, SelfMetrics, type Logger } from '../kernel/ambient.js';
import { combineFaults } from '../kernel/errors.js';
import type { MeterlarkError } from '../kernel/error.js';
import { builtInEntry, readInventory } from '../kernel/inventory.js';
import { ModuleHost } from '../kernel/module-host.js';
import { planHost, type HostPlan, type PlanOptions, type ResolvedSettings } from '../kernel/plan.js';
import { resolveProviderSettings } from '../kernel/provider-config.js';
import { isModule, type ImportModule } from '../kernel/provider-loader.js';
import type { SettingsInput } from '../kernel/settings-input.js';
import { readYamlFile } from '../kernel/yaml-file.js';
import { builtInProviders } from './built-in-providers.js';
import { hostIdentity, hostSettings, type HostSettings } from './host-settings.js';
import { importModule as importFromDisk } from './import-module.js';
import { PrometheusSelfMetrics } from './self-metrics.js';
import { skyWalkingVariables } from './skywalking-variables.js';
import type { SourceFiles } from './sources.js';
import { version } from './version.js';

export interface HostOptions {
  readonly rootFolder: string;
  readonly sources: SourceFiles;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags?: ReadonlyMap<string, string>;
  /** Told the settings of the process, makes its logger. */
  readonly makeLogger: (settings: HostSettings) => Logger;
  readonly clock?: Clock;
  readonly importModule?: ImportModule;
  /** By identity; those of core unless a test brings its own. */
  readonly builtIn?: ReadonlyMap<string, () => Promise<unknown>>;
  /** Watch the process itself too; only one host of a process should. */
  readonly watchProcess?: boolean;
  /** Modules whose providers are checked but do not run. */
  readonly without?: readonly string[];
  /** The only modules whose providers run; all others are checked. */
  readonly only?: readonly string[];
}

export interface PreparedHost {
  readonly host: ModuleHost;
  readonly plan: HostPlan;
  readonly logger: Logger;
  readonly settings: HostSettings;
  readonly clock: Clock;
}

/** Rejects with every fault of settings and inventory at once. */
export async function prepareHost(options: HostOptions): Promise<PreparedHost> {
  const { sources, environment } = options;
  const file = readYamlFile(sources.settings.file, sources.settings.text);
  const input: SettingsInput = { file, environment, flags: options.flags ?? new Map<string, string>() };
  const own: ResolvedSettings = { identity: hostIdentity, ...resolveProviderSettings(hostIdentity, hostSettings, input) };
  const settings = own.config as HostSettings;
  const logger = options.makeLogger(settings);
  const plan = await planAll(options, { input, extra: [own], onVariables: (knows) => warnOfSkyWalking(environment, knows, logger) });
  const clock = options.clock ?? { now: () => Date.now() };
  const ambient = ambientServices(options, clock);
  const { startDeadlineMs, stopDeadlineMs } = settings;
  const providers = plan.providers.filter(({ definition }) => runs(definition.module.name, options));
  const host = new ModuleHost({ providers, logger, ambient, startDeadlineMs, stopDeadlineMs });
  return { host, plan, logger, settings, clock };
}

function runs(module: string, { only, without }: Pick<HostOptions, 'only' | 'without'>): boolean {
  return without?.includes(module) !== true && (only === undefined || only.includes(module));
}

/** A file that cannot be read makes faults of everything it should have said; only the cause is worth telling. */
async function planAll(options: HostOptions, given: Pick<PlanOptions, 'input' | 'extra' | 'onVariables'>): Promise<HostPlan> {
  const { settings, inventory } = options.sources;
  const unreadable = [settings.fault, inventory.fault].filter((fault): fault is MeterlarkError => fault !== undefined);
  if (unreadable.length > 0) throw combineFaults(unreadable);
  const builtIn = options.builtIn ?? builtInProviders;
  return planHost({
    inventory: readInventory(inventory.file, inventory.text, [...builtIn.keys()].map(builtInEntry)),
    modules: Object.values<unknown>(api).filter(isModule),
    loader: { importModule: options.importModule ?? importFromDisk, builtIn, api },
    ...given,
  });
}

function ambientServices(options: HostOptions, clock: Clock): { token: api.ServiceToken<unknown>; value: unknown }[] {
  const selfMetrics = new PrometheusSelfMetrics();
  if (options.watchProcess === true) selfMetrics.watchProcess();
  const info: ProcessInfo = { version, startedAtMs: clock.now(), rootFolder: options.rootFolder };
  return [
    { token: Clock, value: clock },
    { token: SelfMetrics, value: selfMetrics },
    { token: MetricsExposition, value: selfMetrics },
    { token: ProcessInfo, value: info },
  ];
}

function warnOfSkyWalking(environment: HostOptions['environment'], knows: (name: string) => boolean, logger: Logger): void {
  for (const { variable, advice } of skyWalkingVariables(environment, knows)) {
    logger.warn('a SkyWalking variable is set and not read', { variable, advice });
  }
}
