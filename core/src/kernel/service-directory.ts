/** Knows which running provider keeps which service, and gives each container what its provider may see. */
import type { ModuleDefinition, ProviderDefinition } from './definition.js';
import type { MeterlarkError } from './error.js';
import { kernelErrors } from './errors.js';
import { ProviderContainer, type Outside } from './di.js';
import { identityOf } from './provider-loader.js';
import type { ServiceToken } from './token.js';

const promised = ({ services, offers = [] }: ModuleDefinition): readonly ServiceToken<unknown>[] => [...services, ...offers];

export class ServiceDirectory implements Outside {
  /** In inventory order. */
  private readonly containers = new Map<ProviderDefinition, ProviderContainer>();
  private readonly modules = new Map<string, ModuleDefinition>();
  /** More than one for what several modules offer, e.g. commands. */
  private readonly modulesOfToken = new Map<symbol, ModuleDefinition[]>();

  constructor(providers: readonly ProviderDefinition[]) {
    for (const provider of providers) {
      this.containers.set(provider, new ProviderContainer(identityOf(provider), this));
      for (const module of [provider.module, ...(provider.requires ?? [])]) this.know(module);
    }
  }

  containerOf(provider: ProviderDefinition): ProviderContainer {
    const container = this.containers.get(provider);
    if (container === undefined) throw new RangeError(`${identityOf(provider)} is not part of this host`);
    return container;
  }

  /** Promises that were not kept; after every `register`. */
  unkept(): MeterlarkError[] {
    return [...this.containers].flatMap(([{ module }, container]) =>
      module.services
        .filter((token) => !container.has(token))
        .map(({ name }) => {
          const fields = { provider: container.identity, service: name, module: module.name };
          return kernelErrors.METERLARK_KERNEL_PROMISE_NOT_KEPT(fields);
        }),
    );
  }

  /** Links every container to the services of the modules its provider requires. */
  connect(): void {
    for (const [{ module, requires = [] }, container] of this.containers) {
      for (const { name, only } of requires) container.connect(only ?? promised(this.modules.get(name) ?? module));
    }
  }

  one(token: ServiceToken<unknown>, asker: string): unknown {
    const keepers = this.keepersOf(token).filter(({ identity }) => identity !== asker);
    const [keeper] = keepers;
    const fields = { provider: asker, service: token.name, module: this.modulesOfToken.get(token.key)?.[0]?.name ?? '' };
    if (keeper === undefined) throw kernelErrors.METERLARK_KERNEL_NO_KEEPER(fields);
    if (keepers.length === 1) return keeper.get(token);
    throw kernelErrors.METERLARK_KERNEL_SEVERAL_KEEPERS({ ...fields, keepers: keepers.map(({ identity }) => identity).join(', ') });
  }

  all(token: ServiceToken<unknown>): readonly unknown[] {
    return this.keepersOf(token).map((keeper) => keeper.get(token));
  }

  keeps(provider: ProviderDefinition, token: ServiceToken<unknown>): boolean {
    return this.containerOf(provider).has(token);
  }

  moduleConstantOf({ key, name }: ServiceToken<unknown>): string {
    const module = this.modulesOfToken.get(key)?.[0]?.name ?? name.split('.')[0] ?? name;
    return `${module.replace(/(^|-)([a-z])/g, (_whole, _dash, letter: string) => letter.toUpperCase())}Module`;
  }

  /** Only what a module promises leaves its provider. */
  private keepersOf(token: ServiceToken<unknown>): ProviderContainer[] {
    const modules = this.modulesOfToken.get(token.key) ?? [];
    return [...this.containers]
      .filter(([provider, container]) => modules.some(({ name }) => name === provider.module.name) && container.has(token))
      .map(([, container]) => container);
  }

  /** Two copies of core give two objects of one module; its name is what counts. */
  private know(module: ModuleDefinition): void {
    if (this.modules.has(module.name)) return;
    this.modules.set(module.name, module);
    for (const { key } of promised(module)) this.modulesOfToken.set(key, [...(this.modulesOfToken.get(key) ?? []), module]);
  }
}
