/** The registry's objects, their checks and revisions. */
import { bigintOf, longOf, timestampOf } from './values.js';
import { alreadyExists, notFound, unknown } from './failures.js';
import { checkNew, checkUpdate } from './registry-checks.js';
import type { ObjectKind, RegistryObject } from './registry-objects.js';

export interface Rule {
  readonly name: string;
  readonly tags: readonly string[];
  readonly type: string;
  readonly sortable: boolean;
}

interface Entry {
  readonly object: RegistryObject;
  /** Queries and writes do not see it yet for so many calls. */
  hiddenFor: number;
}

/** How to take a change back. */
interface Change {
  readonly atMs: number;
  readonly key: string;
  readonly before: Entry | undefined;
}
/** The longest anybody wants to go back. */
const journalMs = 60_000;

/** What an update compares: everything but the stamps. */
function content(object: RegistryObject): string {
  const { metadata, ...rest } = object;
  return JSON.stringify({ ...rest, updatedAt: undefined, createdAt: undefined, group: metadata?.group, name: metadata?.name });
}

const catalogs: Partial<Record<ObjectKind, string>> = { measure: 'CATALOG_MEASURE', stream: 'CATALOG_STREAM', trace: 'CATALOG_TRACE' };

export class Registry {
  private readonly entries = new Map<string, Entry>();
  /** Oldest first. */
  private changes: Change[] = [];
  private lastRevision = 0n;
  /** Goes up with every change. */
  generation = 0;
  hideNew = 0;

  constructor(private readonly nowMs: () => number, private readonly version010: boolean) {}

  private key(kind: ObjectKind, group: string, name: string): string {
    return `${kind}\n${kind === 'group' ? '' : group}\n${name}`;
  }

  private stamp(): bigint {
    const now = BigInt(this.nowMs()) * 1_000_000n;
    this.lastRevision = now > this.lastRevision ? now : this.lastRevision + 1n;
    return this.lastRevision;
  }

  get revision(): bigint {
    return this.lastRevision;
  }

  find(kind: ObjectKind, group: string, name: string): RegistryObject | undefined {
    return this.entries.get(this.key(kind, group, name))?.object;
  }

  /** What writes and queries see: late, as the caches of a real server. */
  seen(kind: ObjectKind, group: string, name: string): RegistryObject | undefined {
    const entry = this.entries.get(this.key(kind, group, name));
    if (entry === undefined || entry.hiddenFor === 0) return entry?.object;
    entry.hiddenFor -= 1;
    return undefined;
  }

  list(kind: ObjectKind, group: string): RegistryObject[] {
    const prefix = this.key(kind, group, '');
    return [...this.entries].filter(([key]) => key.startsWith(prefix)).map(([, { object }]) => object);
  }

  create(kind: ObjectKind, object: RegistryObject): bigint {
    checkNew(kind, object);
    const { group = '', name = '' } = object.metadata ?? {};
    if (catalogs[kind] !== undefined && this.find('group', '', group) === undefined) throw notFound();
    if (this.find(kind, group, name) !== undefined) throw alreadyExists();
    return this.put(kind, object, undefined);
  }

  update(kind: ObjectKind, object: RegistryObject): bigint {
    const { group = '', name = '' } = object.metadata ?? {};
    const previous = this.find(kind, group, name);
    checkNew(kind, object);
    if (previous === undefined) throw unknown(`schema ${group}/${name} not exist`);
    if (!this.version010) checkUpdate(kind, previous, object);
    if (!this.version010 && content(previous) === content(object)) return bigintOf(previous.metadata?.modRevision);
    return this.put(kind, object, previous);
  }

  private put(kind: ObjectKind, object: RegistryObject, previous: RegistryObject | undefined): bigint {
    const revision = this.stamp();
    const { group = '', name = '' } = object.metadata ?? {};
    const metadata = { ...object.metadata, modRevision: longOf(revision), ...(kind === 'indexRule' ? { id: object.metadata?.id ?? checksum(group + name) } : {}) };
    const stored = { ...object, metadata, updatedAt: timestampOf(revision), createdAt: previous?.createdAt ?? timestampOf(revision) };
    const key = this.key(kind, group, name);
    this.note(key);
    this.entries.set(key, { object: stored, hiddenFor: previous === undefined ? this.hideNew : 0 });
    return revision;
  }

  delete(kind: ObjectKind, group: string, name: string): boolean {
    const key = this.key(kind, group, name);
    this.note(key);
    return this.entries.delete(key);
  }

  deleteGroup(group: string): void {
    for (const key of [...this.entries.keys()]) {
      if (key.split('\n')[1] !== group && key !== this.key('group', '', group)) continue;
      this.note(key);
      this.entries.delete(key);
    }
  }

  /** As if nothing had been changed from then on. */
  loseSince(timeMs: number): void {
    this.generation += 1;
    for (let last = this.changes.at(-1); last !== undefined && last.atMs > timeMs; last = this.changes.at(-1)) {
      this.changes.pop();
      if (last.before === undefined) this.entries.delete(last.key);
      else this.entries.set(last.key, last.before);
    }
  }

  private note(key: string): void {
    this.generation += 1;
    const atMs = this.nowMs();
    if ((this.changes[0]?.atMs ?? atMs) < atMs - journalMs) this.changes = this.changes.filter((change) => change.atMs >= atMs - journalMs);
    this.changes.push({ atMs, key, before: this.entries.get(key) });
  }

  /** The rules bound to a measure, stream or trace, in the order of the names. */
  rulesOf(kind: ObjectKind, group: string, name: string): Rule[] {
    const bound = this.list('indexRuleBinding', group).filter(({ subject }) => subject?.catalog === catalogs[kind] && subject?.name === name);
    const names = new Set(bound.flatMap(({ rules }) => rules ?? []));
    return this.list('indexRule', group)
      .filter(({ metadata }) => names.has(metadata?.name ?? ''))
      .map((rule) => ({
        name: rule.metadata?.name ?? '',
        tags: (rule.tags ?? []) as readonly string[],
        type: rule.type ?? '',
        sortable: rule.noSort !== true,
      }));
  }
}

/** CRC-32 as IEEE has it. */
function checksum(text: string): number {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
