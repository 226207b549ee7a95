/** Start order is derived from `requires`; stop order is its reverse. */
import type { ProviderDefinition, RequiredModule } from './definition.js';
import type { MeterlarkError } from './error.js';
import { kernelErrors } from './errors.js';
import { identityOf } from './provider-loader.js';
import type { ServiceToken } from './token.js';

export interface StartOrder<P> {
  readonly order: readonly P[];
  readonly faults: readonly MeterlarkError[];
}

interface Item {
  readonly definition: ProviderDefinition;
}

/** Who binds what is known after `register`. */
export type Keeps<P> = (item: P, token: ServiceToken<unknown>) => boolean;

/** Whoever is required comes first; otherwise the order given is kept. */
export function startOrder<P extends Item>(items: readonly P[], keeps: Keeps<P> = () => false): StartOrder<P> {
  const byModule = groupByModule(items);
  const order: P[] = [];
  const state = new Map<P, 'open' | 'done'>();
  const faults: MeterlarkError[] = [];
  const visit = (item: P, path: readonly P[]): void => {
    if (state.get(item) === 'done') return;
    if (state.get(item) === 'open') {
      faults.push(circle(item, path));
      return;
    }
    state.set(item, 'open');
    for (const required of item.definition.requires ?? []) {
      const keepers = byModule.get(required.name) ?? [];
      if (keepers.length === 0 && required.arity === 'one') faults.push(missing(item, required.name));
      // A provider of a `many` module may require its own module: then it follows its siblings.
      for (const keeper of keepers) if (keeper !== item && isNeeded(keeper, required, keeps)) visit(keeper, [...path, item]);
    }
    state.set(item, 'done');
    order.push(item);
  };
  for (const item of items) visit(item, []);
  return { order, faults };
}

function isNeeded<P>(keeper: P, { only }: RequiredModule, keeps: Keeps<P>): boolean {
  return only === undefined || only.some((token) => keeps(keeper, token));
}

function moduleOf({ definition }: Item): string {
  return definition.module.name;
}

function groupByModule<P extends Item>(items: readonly P[]): Map<string, P[]> {
  const groups = new Map<string, P[]>();
  for (const item of items) groups.set(moduleOf(item), [...(groups.get(moduleOf(item)) ?? []), item]);
  return groups;
}

function circle(item: Item, path: readonly Item[]): MeterlarkError {
  const around = [...path.slice(path.indexOf(item)), item];
  const names = around.map(({ definition }) => identityOf(definition));
  return kernelErrors.METERLARK_KERNEL_CYCLIC_REQUIRES({ circle: names.join(' -> '), provider: names[0] });
}

function missing(item: Item, module: string): MeterlarkError {
  return kernelErrors.METERLARK_KERNEL_MISSING_MODULE({ provider: identityOf(item.definition), module });
}
