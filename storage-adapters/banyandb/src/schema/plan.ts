/** What is to be done in the registry so that some objects of one group are there whole. */
import { conflict, evolvedObject, objectName, refuseOtherRule, storedTags } from './compare.js';
import { bindingMessage, objectMessage, ruleMessage } from './messages.js';
import type { IndexSpec, SchemaSpec } from './model.js';
import type { Registry, RegistryKind, StoredBinding, StoredObject, StoredRule } from './registry.js';

export interface Change {
  readonly operation: 'create' | 'update';
  readonly kind: RegistryKind;
  readonly name: string;
  readonly message: object;
}

interface Found {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly bindings: ReadonlyMap<string, StoredBinding>;
  readonly rules: ReadonlyMap<string, StoredRule>;
}

export interface PlannerOptions {
  /** All of it was there before, with its indexes: what is missing now is made again as it was. */
  readonly wereInstalled: boolean;
  /** Hears of an index that is left out because rows of before could not be found by it. */
  readonly leftOut: (spec: SchemaSpec, index: IndexSpec) => void;
}

/** Once for each installation: it holds what was missing at first, over all rounds. */
export class Planner {
  /** Tags that this installation makes, as `object/tag` of the group: no row without their index can have them. */
  private readonly fresh = new Set<string>();

  constructor(
    private readonly registry: Registry,
    private readonly options: PlannerOptions,
  ) {}

  /**
   * In the order in which they are to be done: an object comes after its indexes, so that every row is in them, also one that another
   * server writes at once. All specs are of one group and catalog.
   */
  async changes(group: string, specs: readonly SchemaSpec[]): Promise<readonly Change[]> {
    const [first] = specs;
    if (first === undefined) return [];
    // Bindings after objects: of an object that another server has just made its binding is then seen too.
    const objects = await this.registry.list(first.catalog, group);
    const indexed = specs.some((spec) => indexesOf(spec).length > 0);
    const bindings = indexed ? await this.registry.list('indexRuleBinding', group) : new Map<string, StoredBinding>();
    const rules = indexed ? await this.registry.list('indexRule', group) : new Map<string, StoredRule>();
    const planned = specs.map((spec) => this.changesOf(spec, { objects, bindings, rules }));
    return [...planned.flatMap(({ indexes }) => indexes), ...planned.flatMap(({ object }) => object)];
  }

  private changesOf(spec: SchemaSpec, found: Found): { readonly indexes: readonly Change[]; readonly object: readonly Change[] } {
    const stored = found.objects.get(spec.name);
    const known = stored === undefined ? undefined : storedTags(stored);
    for (const { name } of spec.tags) if (known?.has(name) !== true) this.fresh.add(`${spec.name}/${name}`);
    return { object: objectChange(spec, stored), indexes: this.indexChanges(spec, found) };
  }

  private indexChanges(spec: SchemaSpec, { bindings, rules }: Found): readonly Change[] {
    const binding = bindings.get(spec.name);
    const bound = new Set(binding?.rules);
    const missing = indexesOf(spec).filter((index) => !bound.has(index.name) && this.isUseful(spec, index));
    const names = missing.map(({ name }) => name);
    const changes = [...missing, ...indexesOf(spec).filter(({ name }) => bound.has(name))].flatMap((index) => ruleChange(spec, index, rules));
    if (names.length === 0) return changes;
    const bindingChange: Change =
      binding === undefined
        ? { operation: 'create', kind: 'indexRuleBinding', name: spec.name, message: bindingMessage(spec, names) }
        : { operation: 'update', kind: 'indexRuleBinding', name: spec.name, message: { ...binding, rules: [...binding.rules, ...names] } };
    return [...changes, bindingChange];
  }

  /**
   * The server asks an index alone once it is bound: rows that were stored before it would never be found again. A stream is
   * filtered without an index too, so there it is left out; elsewhere, and where it gives an order, it cannot be.
   */
  private isUseful(spec: SchemaSpec, index: IndexSpec): boolean {
    if (this.options.wereInstalled || index.tags.some((tag) => this.fresh.has(`${spec.name}/${tag}`))) return true;
    if (spec.catalog !== 'stream' || index.sortable) {
      throw conflict(objectName(spec), `it has no index ${index.name}, and the rows it holds would not be in one that is made now`);
    }
    this.options.leftOut(spec, index);
    return false;
  }
}

export function indexesOf(spec: SchemaSpec): readonly IndexSpec[] {
  return spec.catalog === 'property' ? [] : spec.indexes;
}

function objectChange(spec: SchemaSpec, stored: StoredObject | undefined): readonly Change[] {
  const { catalog: kind, name } = spec;
  if (stored === undefined) return [{ operation: 'create', kind, name, message: objectMessage(spec) }];
  const message = evolvedObject(spec, stored);
  return message === undefined ? [] : [{ operation: 'update', kind, name, message }];
}

function ruleChange(spec: SchemaSpec, index: IndexSpec, rules: Found['rules']): readonly Change[] {
  const stored = rules.get(index.name);
  if (stored === undefined) return [{ operation: 'create', kind: 'indexRule', name: index.name, message: ruleMessage(spec.group, index) }];
  refuseOtherRule(spec, index, stored);
  return [];
}
