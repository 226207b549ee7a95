/** Lists, makes and changes what the registry of the server holds. */
import type { BanyanCalls } from '../connection/calls.js';
import type { Catalog } from './model.js';

export type RegistryKind = 'group' | Catalog | 'indexRule' | 'indexRuleBinding';

/** An int64; text and `Long` say theirs by toString. */
type Revision = { toString(): string };

/** What all objects have. An update sends all of one back, so that it loses nothing of it. */
export interface Stored {
  readonly metadata: { readonly group: string; readonly name: string; readonly modRevision: Revision } | null;
}

export interface StoredTag {
  readonly name: string;
  readonly type: string;
}

/** A measure, stream, trace or property: those of the fields that its kind has. */
export interface StoredObject extends Stored {
  readonly tagFamilies?: readonly { readonly name: string; readonly tags: readonly StoredTag[] }[];
  readonly tags?: readonly StoredTag[];
  readonly fields?: readonly { readonly name: string; readonly fieldType: string }[];
  readonly entity?: { readonly tagNames: readonly string[] } | null;
  readonly interval?: string;
  readonly indexMode?: boolean;
  readonly traceIdTagName?: string;
  readonly spanIdTagName?: string;
  readonly timestampTagName?: string;
}

interface StoredDays {
  readonly unit: string;
  readonly num: number;
}

export interface StoredStage {
  readonly name: string;
  readonly shardNum: number;
  readonly segmentInterval: StoredDays | null;
  readonly ttl: StoredDays | null;
  readonly nodeSelector: string;
  readonly close: boolean;
  readonly replicas: number;
}

export interface StoredGroup extends Stored {
  readonly catalog: string;
  readonly resourceOpts: {
    readonly shardNum: number;
    readonly segmentInterval: StoredDays | null;
    readonly ttl: StoredDays | null;
    readonly replicas: number;
    readonly stages: readonly StoredStage[];
    readonly defaultStages: readonly string[];
  } | null;
}

export interface StoredRule extends Stored {
  readonly tags: readonly string[];
  readonly type: string;
  readonly noSort: boolean;
}

export interface StoredBinding extends Stored {
  readonly rules: readonly string[];
}

interface StoredKinds extends Record<Catalog, StoredObject> {
  readonly group: StoredGroup;
  readonly indexRule: StoredRule;
  readonly indexRuleBinding: StoredBinding;
}

export class Registry {
  private newest = 0n;

  constructor(private readonly calls: BanyanCalls) {}

  /** The greatest revision that was seen, of what this or another process has made. */
  get revision(): bigint {
    return this.newest;
  }

  /** A store that was emptied or set back begins anew. */
  forget(): void {
    this.newest = 0n;
  }

  /** By name; of all groups when the kind is `group`. */
  async list<K extends RegistryKind>(kind: K, group = ''): Promise<ReadonlyMap<string, StoredKinds[K]>> {
    const answer = await this.calls.call<Record<string, readonly StoredKinds[K][]>>(`${kind}SchemaList`, kind === 'group' ? {} : { group });
    const found = new Map<string, StoredKinds[K]>();
    for (const stored of answer[kind === 'property' ? 'properties' : kind] ?? []) {
      if (stored.metadata === null) continue;
      found.set(stored.metadata.name, stored);
      // Those of other groups are no concern of ours, also when a node does not follow them.
      if (kind !== 'group') this.saw(stored.metadata.modRevision);
    }
    return found;
  }

  async create(kind: RegistryKind, message: object): Promise<void> {
    await this.change(`${kind}SchemaCreate`, kind, message);
  }

  async update(kind: RegistryKind, message: object): Promise<void> {
    await this.change(`${kind}SchemaUpdate`, kind, message);
  }

  /** Properties, and everything but measures, streams and traces before 0.11, are answered without a revision. */
  private async change(method: `${RegistryKind}Schema${'Create' | 'Update'}`, kind: RegistryKind, message: object): Promise<void> {
    const { modRevision } = await this.calls.call<{ readonly modRevision?: Revision | null }>(method, { [kind]: message });
    if (modRevision !== undefined && modRevision !== null) this.saw(modRevision);
  }

  private saw(revision: Revision): void {
    const number = BigInt(revision.toString());
    if (number > this.newest) this.newest = number;
  }
}
