/** Everything the double keeps, and its services by name. */
import { status } from '@grpc/grpc-js';
import { Failure } from './failures.js';
import { Faults } from './faults.js';
import { FlushClock, flushDefaults, type FlushedKind } from './flush-clock.js';
import { queryMeasure } from './measure-query.js';
import { Properties } from './properties.js';
import { Registry } from './registry.js';
import type { ObjectKind } from './registry-objects.js';
import { groupService, objectService, type Handler } from './registry-services.js';
import type { DataKind } from './rows.js';
import { Store } from './store.js';
import { queryStream } from './stream-query.js';
import { queryTrace } from './trace-query.js';
import type { Int64 } from './messages.js';
import { bigintOf } from './values.js';
import type { WriteWorld } from './write-session.js';

export interface WorldOptions {
  /** Where they differ. 0.10: no barrier, updates unguarded, no revisions of groups, expired rows are read. */
  readonly version?: 'main' | '0.10';
  readonly apiVersion?: string;
  readonly user?: string;
  readonly password?: string;
  readonly nowMs?: () => number;
  /** As real servers, unless told: what is younger is lost by a crash. `schema` by every stop, of main only. */
  readonly flushAfterMs?: Partial<Record<FlushedKind, number>>;
}

/** Method name to handler; `null` is a write stream. */
export type Handlers = Readonly<Record<string, Handler | null>>;

const kinds: Readonly<Record<string, Exclude<ObjectKind, 'group'>>> = {
  Measure: 'measure', Stream: 'stream', Trace: 'trace', Property: 'property', IndexRule: 'indexRule', IndexRuleBinding: 'indexRuleBinding',
};

interface SchemaKey {
  readonly kind?: string;
  readonly group?: string;
  readonly name?: string;
}

export class World implements WriteWorld {
  readonly faults = new Faults();
  readonly version010: boolean;
  readonly registry: Registry;
  readonly store: Store;
  private readonly flushClock: FlushClock;
  readonly properties: Properties;
  readonly calls = new Map<string, number>();
  readonly rows: Record<DataKind, number> = { measure: 0, stream: 0, trace: 0 };
  apiVersion: string;
  serving = true;

  constructor(private readonly options: WorldOptions) {
    const nowMs = options.nowMs ?? Date.now;
    this.version010 = options.version === '0.10';
    this.apiVersion = options.apiVersion ?? '0.10';
    this.registry = new Registry(nowMs, this.version010);
    this.flushClock = new FlushClock(nowMs, options.flushAfterMs ?? {});
    this.store = new Store(this.flushClock, nowMs, this.version010);
    this.properties = new Properties(this.registry, this.flushClock, nowMs);
  }

  rowFault(): string | undefined {
    return this.faults.row();
  }

  batchFault(): string | undefined {
    return this.faults.batch();
  }

  losesAnswer(): boolean {
    return this.faults.answerIsLost();
  }

  stored(kind: DataKind, rows: number): void {
    this.rows[kind] += rows;
  }

  /** Before every call: counts it, lets in who may, fails what shall fail. */
  enter(path: string, headers: Readonly<Record<string, unknown>>): void {
    const name = path.slice(1);
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    this.faults.call(path);
    const { user, password } = this.options;
    if (user === undefined || path.startsWith('/grpc.health.')) return;
    if (headers['username'] === user && headers['password'] === password) return;
    throw new Failure(status.UNAUTHENTICATED, 'Invalid credentials');
  }

  crash(): void {
    this.store.loseUnflushed();
    this.properties.loseUnflushed();
    this.loseSchemas();
  }

  /** Also when it is told to end: main forgets the youngest changes of its registry; 0.10 has them in a database of their own. */
  loseSchemas(): void {
    if (!this.version010) this.registry.loseSince((this.options.nowMs ?? Date.now)() - (this.options.flushAfterMs?.schema ?? flushDefaults.schema));
  }

  flush(): void {
    this.flushClock.flush();
  }

  handlers(service: string): Handlers | undefined {
    const name = service.slice(service.lastIndexOf('.') + 1);
    const options = { version010: this.version010, forget: (group: string) => this.forget(group) };
    if (name === 'GroupRegistryService') return groupService(this.registry, options);
    const kind = kinds[name.replace('RegistryService', '')];
    if (name.endsWith('RegistryService') && kind !== undefined) return objectService(kind, this.registry, options);
    return this.others()[name];
  }

  private others(): Readonly<Record<string, Handlers | undefined>> {
    const { registry, store, properties } = this;
    return {
      Service: { GetAPIVersion: () => ({ version: { version: this.apiVersion, revision: 'double' } }) },
      MeasureService: { Write: null, Query: (request) => queryMeasure(registry, store, request) },
      StreamService: { Write: null, Query: (request) => queryStream(registry, store, request, this.version010) },
      TraceService: { Write: null, Query: (request) => queryTrace(registry, store, request) },
      PropertyService: {
        Apply: (request) => properties.apply(request),
        Delete: (request) => properties.delete(request),
        Query: (request) => properties.query(request),
      },
      SchemaBarrierService: this.version010 ? undefined : this.barrier(),
      Health: { Check: () => ({ status: this.serving ? 'SERVING' : 'NOT_SERVING' }) },
    };
  }

  private forget(group: string): void {
    this.store.forget(group);
    this.properties.forget(group);
  }

  /** Answers at once, without the wait of a real server. */
  private barrier(): Handlers {
    const node = 'double';
    const there = ({ kind = '', group = '', name = '' }: SchemaKey): boolean => {
      const own = kind.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as ObjectKind;
      return own === 'group' ? this.registry.find('group', '', name || group) !== undefined : this.registry.find(own, group, name) !== undefined;
    };
    const keysOf = (request: object): readonly SchemaKey[] => (request as { keys: readonly SchemaKey[] }).keys;
    const answer = (field: string, odd: readonly SchemaKey[]): object => (odd.length === 0 ? { applied: true } : { applied: false, laggards: [{ node, [field]: odd }] });
    return {
      AwaitRevisionApplied: (request) => {
        const applied = bigintOf((request as { minRevision?: Int64 }).minRevision) <= this.registry.revision;
        return applied ? { applied } : { applied, laggards: [{ node }] };
      },
      AwaitSchemaApplied: (request) => answer('missingKeys', keysOf(request).filter((key) => !there(key))),
      AwaitSchemaDeleted: (request) => answer('stillPresentKeys', keysOf(request).filter(there)),
    };
  }
}
