import type { Logger } from './ambient.js';
import type { MeterlarkError } from './error.js';
import type { ServiceToken } from './token.js';

/** A promise: the services that any provider of this module keeps. */
export interface ModuleDefinition {
  /** Lower-case word, first half of a provider's identity. */
  readonly name: string;
  /** `one`: exactly one provider runs, chosen by the selector. `many`: all that are listed run. */
  readonly arity: 'one' | 'many';
  /** Every provider of the module must bind these. */
  readonly services: readonly ServiceToken<unknown>[];
  /** Services that only some providers of a `many` module bind (e.g. `MeterRules` of `analyzer/meter`). `get` demands exactly one keeper, `all` gives those there are. */
  readonly offers?: readonly ServiceToken<unknown>[];
}

export function defineModule(definition: ModuleDefinition): ModuleDefinition {
  return definition;
}

/** A module as it is required. */
export interface RequiredModule extends ModuleDefinition {
  /** Only these of its services are needed: those of its providers that keep none of them start in any order. */
  readonly only?: readonly ServiceToken<unknown>[];
}

/**
 * For offers of a `many` module that few providers keep: two of its own providers that need each other's siblings, but
 * not each other, would otherwise wait for each other.
 */
export function only(module: ModuleDefinition, ...services: readonly ServiceToken<unknown>[]): RequiredModule {
  return { ...module, only: services };
}

/** One setting. `format` is a convict format; `env` names are derived, never written. */
export interface SettingDefinition<V> {
  readonly doc: string;
  readonly format: string | readonly V[] | ((value: unknown) => void);
  readonly default: V;
  /** Masked wherever settings are shown. */
  readonly sensitive?: boolean;
}

/** Format of a limit: a whole number, 1 or more, because 0 would refuse everything. */
export function positive(value: unknown): void {
  if (!Number.isSafeInteger(value) || Number(value) < 1) throw new Error('a whole number, 1 or more');
}

/** A provider's settings: a flat or nested record of definitions with the shape of `C`. */
export type SettingsSchema<C> = {
  readonly [K in keyof C]-?: NonNullable<C[K]> extends readonly unknown[]
    ? SettingDefinition<C[K]>
    : NonNullable<C[K]> extends object
      ? SettingsSchema<NonNullable<C[K]>> | SettingDefinition<C[K]>
      : SettingDefinition<C[K]>;
};

export type Constructor<T> = new (...args: never[]) => T;

/** Finds services inside a provider's own container. */
export interface Resolver {
  /** The service of a module named in `requires`, one the provider bound itself, or an ambient one. */
  readonly get: <T>(token: ServiceToken<T>) => T;
  /** That service of every provider of a `many` module, in inventory order. */
  readonly all: <T>(token: ServiceToken<T>) => readonly T[];
}

export interface Binder<T> {
  toValue(value: T): void;
  /** A class whose constructor parameters carry `@inject(Token)`; made once, on first use. */
  toClass(constructor: Constructor<T>): void;
  /** Called once, on first use. */
  toFactory(make: (resolver: Resolver) => T): void;
}

export interface RegisterContext<C> {
  readonly bind: <T>(token: ServiceToken<T>) => Binder<T>;
  readonly config: C;
  readonly logger: Logger;
}

export interface StartContext<C> extends Resolver {
  readonly config: C;
  readonly logger: Logger;
}

export type Stop = () => Promise<void> | void;

export interface ProviderDefinition<C = unknown> {
  readonly module: ModuleDefinition;
  /** Second half of the identity `module/name`. */
  readonly name: string;
  readonly requires?: readonly RequiredModule[];
  readonly config: SettingsSchema<C>;
  /** Wires; synchronous; no I/O. */
  register?(context: RegisterContext<C>): void;
  /**
   * Looks at what only `start` would otherwise read (files that settings name) and answers every fault. Runs for
   * `meterlark check`, after all `register`s, with nothing started; may read files, opens and changes nothing.
   */
  check?(context: StartContext<C>): Promise<readonly MeterlarkError[]>;
  /** Acts and returns its undo. */
  start?(context: StartContext<C>): Promise<Stop | void> | Stop | void;
}

/** A provider of any settings, where only its declaration matters. */
export interface AnyProvider {
  readonly module: ModuleDefinition;
  readonly name: string;
  readonly requires?: readonly RequiredModule[];
  readonly config: object;
}

export function defineProvider<C>(definition: ProviderDefinition<C>): ProviderDefinition<C> {
  return definition;
}
