import type { Clock, Logger } from '../kernel/ambient.js';
import type { MetadataQuery } from '../contract/query.js';
import type { EntityQuery, EntityRecord, MetadataReader } from '../contract/storage.js';
import type { MetricDefinition } from '../model/metric.js';

export interface MetadataLimits {
  /** Age at which the metric definitions are read again. */
  readonly definitionsMs: number;
  /** Age at which a name that is not known makes them be read again sooner. */
  readonly unknownMs: number;
  /** How long a list of entities is answered from memory. */
  readonly entitiesMs: number;
  /** Lists of entities kept. */
  readonly entityLists: number;
}

interface Definitions {
  readonly byName: ReadonlyMap<string, MetricDefinition>;
  readonly readAtMs: number;
}

interface EntityList {
  readonly records: Promise<readonly EntityRecord[]>;
  readonly readAtMs: number;
}

/** Lists longer than this are asked for again rather than kept. */
const keptRecords = 5000;

/** Questions asked at once are asked of the storage once. */
export class CachedMetadataQuery implements MetadataQuery {
  private definitions: Definitions | undefined;
  private reading: Promise<Definitions> | undefined;
  private readonly lists = new Map<string, EntityList>();

  constructor(
    private readonly reader: MetadataReader,
    private readonly limits: MetadataLimits,
    private readonly ambient: { readonly clock: Clock; readonly logger: Logger },
  ) {}

  async metric(name: string): Promise<MetricDefinition | undefined> {
    const known = (await this.current(this.limits.definitionsMs)).byName.get(name);
    return known ?? (await this.current(this.limits.unknownMs)).byName.get(name);
  }

  async metrics(): Promise<readonly MetricDefinition[]> {
    return [...(await this.current(this.limits.definitionsMs)).byName.values()];
  }

  entities(query: EntityQuery): Promise<readonly EntityRecord[]> {
    const key = JSON.stringify(Object.entries(query).sort(([left], [right]) => (left < right ? -1 : 1)));
    const known = this.lists.get(key);
    const now = this.ambient.clock.now();
    if (known !== undefined && isYoung(known.readAtMs, now, this.limits.entitiesMs)) return known.records;
    const records = this.reader.entities(query);
    this.keep(key, { records, readAtMs: now });
    return records;
  }

  private keep(key: string, list: EntityList): void {
    this.lists.delete(key);
    this.lists.set(key, list);
    for (const oldest of this.lists.keys()) {
      if (this.lists.size <= this.limits.entityLists) break;
      this.lists.delete(oldest);
    }
    const forget = (): void => {
      if (this.lists.get(key) === list) this.lists.delete(key);
    };
    list.records.then((records) => {
      if (records.length > keptRecords) forget();
    }, forget);
  }

  /** Definitions no older than `maxAgeMs`; old ones when the storage does not answer. */
  private async current(maxAgeMs: number): Promise<Definitions> {
    const known = this.definitions;
    if (known !== undefined && isYoung(known.readAtMs, this.ambient.clock.now(), maxAgeMs)) return known;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<Definitions> {
    const readAtMs = this.ambient.clock.now();
    try {
      const definitions = await this.reader.metrics();
      return (this.definitions = { readAtMs, byName: new Map(definitions.map((each) => [each.name, each])) });
    } catch (error) {
      if (this.definitions === undefined) throw error;
      this.ambient.logger.warn('metric definitions could not be read again; the last ones stay in force', { error });
      return (this.definitions = { ...this.definitions, readAtMs });
    }
  }
}

/** A clock that was set back makes everything old, not young for ever. */
function isYoung(readAtMs: number, now: number, maxAgeMs: number): boolean {
  return now >= readAtMs && now - readAtMs < maxAgeMs;
}
