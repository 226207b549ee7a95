/** Hot path: logs in; listeners, then rules; rows, entities, samples and values for completion out. */
import {
  logsModel, minuteMs, sideBySide, topRecordsModel,
  type AcceptOutcome, type Analyzer, type Clock, type FacetLists, type FacetSet, type Log, type LogBatch, type Logger, type LogListener,
  type LogListeners, type MetricStream, type RecordStream, type SampleSink, type ScopeLogs, type SeenEntities, type SelfMetrics,
  type TelemetryBatch,
} from '@meterlark/core';
import type { LogSettings } from '../settings.js';
import { BatchBounds } from './batch-bounds.js';
import { CurrentLog } from './current-log.js';
import { logDrops, type LogDrops, type DropReason } from './drops.js';
import { Keeper, type Outlets } from './keeper.js';
import { LogListenerList } from './listeners.js';
import { OriginTable, type Origin } from './origins.js';
import { Places } from './places.js';
import { RuleBook } from './rule-book.js';
import { RuleFailures } from './rule-failures.js';
import { RuleRunner } from './rule-runner.js';
import { SampleOutbox } from './sample-outbox.js';
import { Samplers } from './samplers.js';
import { LogCounts } from './self-metrics.js';
import { StoredTags } from './stored-tags.js';
import type { TimeWindow } from './time-window.js';
import { TopLists } from './top-lists.js';
import { TopRecords } from './top-records.js';

export interface LogAnalyzerParts {
  readonly stream: Pick<MetricStream, 'hasRoom' | 'acceptedMinutes'>;
  readonly records: RecordStream;
  readonly seen: SeenEntities;
  readonly facets: FacetLists;
  /** undefined: nobody makes metrics of samples. */
  readonly samples: SampleSink | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SelfMetrics;
  readonly settings: LogSettings;
}

const minuteUs = minuteMs * 1000;
const nothing: AcceptOutcome = { rejected: 0, reason: '' };

export class LogAnalyzer implements Analyzer, LogListeners {
  readonly signals = ['logs'] as const;
  /** The rules that run. */
  readonly book: RuleBook;
  private readonly listeners: LogListenerList;
  private readonly drops: LogDrops;
  private readonly counts: LogCounts;
  private readonly bounds: BatchBounds;
  private readonly samplers: Samplers;
  private readonly samples: SampleOutbox;
  private readonly origins: OriginTable;
  private readonly tagSets = new Map<string, readonly FacetSet[]>();
  private readonly input = new CurrentLog();
  private keeper: Keeper | undefined;
  private runner: RuleRunner | undefined;
  private window: TimeWindow = { fromUs: 0, toUs: 0 };
  private nowUs = 0;

  constructor(private readonly parts: LogAnalyzerParts) {
    const { metrics, settings, logger, samples } = parts;
    this.counts = new LogCounts(metrics);
    this.bounds = new BatchBounds(this.counts.yamlRefused, this.counts.patternsRefused);
    this.samplers = new Samplers(settings.maxSamplers, this.counts.samplersExceeded, this.bounds);
    this.book = new RuleBook(this.samplers);
    this.listeners = new LogListenerList(logger, metrics);
    this.drops = logDrops(metrics);
    this.samples = new SampleOutbox(samples, this.counts.samplesUnwanted);
    this.origins = new OriginTable({ rules: this.book, tagsOf: (tenant) => this.tagsOf(tenant), limits: settings, cuts: this.counts.cuts });
  }

  /** Opens what it writes to; before it there is no room. */
  async start(): Promise<void> {
    const { records, logger, metrics, clock } = this.parts;
    const [logs, tops] = await sideBySide([records.open(logsModel), records.open(topRecordsModel)]);
    const keeper = this.makeKeeper({ logs, tops });
    const failures = new RuleFailures(logger, metrics, clock);
    this.keeper = keeper;
    this.runner = new RuleRunner({ keeper, failures, samples: (samples) => { this.samples.add(samples); } });
  }

  private makeKeeper(outlets: Outlets): Keeper {
    const { settings, seen } = this.parts;
    const { counts, book } = this;
    const lists = new TopLists(settings.maxTopLists, counts.topListsExceeded);
    return new Keeper({
      outlets,
      book,
      tags: new StoredTags(settings.searchableTags, settings, counts.cuts),
      tops: new TopRecords(lists, settings.maxValueBytes, counts.cuts),
      places: new Places(seen),
      cuts: counts.cuts,
      counts: counts.stored,
      timeRefused: () => { counts.timesRefused.add(1); },
    });
  }

  add(listener: LogListener): void {
    this.listeners.add(listener);
  }

  hasRoom(): boolean {
    return this.runner !== undefined && this.parts.records.hasRoom() && this.parts.stream.hasRoom() && this.listeners.hasRoom();
  }

  accept(batch: TelemetryBatch): AcceptOutcome {
    if (batch.signal !== 'logs') return nothing;
    this.begin(batch);
    for (const { resource, scopes } of batch.resources) {
      for (const scope of scopes) this.acceptScope(scope, this.origins.find(batch, resource, scope.scope));
    }
    this.input.clear();
    this.samples.flush();
    this.counts.settle();
    return this.drops.settle();
  }

  private begin({ tenant }: LogBatch): void {
    const { stream, clock } = this.parts;
    const nowMs = clock.now();
    const { first, last } = stream.acceptedMinutes();
    this.nowUs = Math.floor(nowMs) * 1000;
    this.window = { fromUs: first * minuteUs, toUs: (last + 1) * minuteUs };
    this.bounds.begin(this.window);
    this.samplers.begin(tenant, Math.floor(nowMs / minuteMs));
    this.samples.begin(tenant);
    this.keeper?.begin(this.window, nowMs);
  }

  private acceptScope({ logs }: ScopeLogs, origin: Origin): void {
    for (const log of logs) {
      const reason = this.refusal(log) ?? this.take(log, origin);
      if (reason === undefined) this.counts.stored.logs += 1;
      else this.drops.add(reason);
    }
    if (origin.unnamed) this.counts.unnamed.add(logs.length);
  }

  private refusal({ timeUs }: Log): DropReason | undefined {
    if (timeUs === 0) return undefined;
    if (!Number.isSafeInteger(timeUs)) return 'malformed';
    if (timeUs >= this.window.toUs) return 'future';
    return timeUs < this.window.fromUs ? 'late' : undefined;
  }

  private take(told: Log, origin: Origin): DropReason | undefined {
    if (this.runner === undefined) throw new TypeError('analyzer/log took logs before it was started');
    // As it was told: what has no time may say it in its attributes, and is the same log when it is sent again.
    this.listeners.listen(told, origin.origin);
    // Nobody said when it was: now, for rules and rows.
    const log = told.timeUs === 0 ? { ...told, timeUs: this.nowUs } : told;
    this.input.set(log, origin.origin, told.timeUs !== 0);
    return this.runner.run(this.input, origin);
  }

  private tagsOf(tenant: string): readonly FacetSet[] {
    const known = this.tagSets.get(tenant);
    if (known !== undefined) return known;
    const { facets, settings } = this.parts;
    const sets = settings.searchableTags.map((key) => facets.set({ tenant, list: 'log_tag', key }));
    this.tagSets.set(tenant, sets);
    // What may be searched by does not depend on which values could be listed.
    facets.stand(settings.searchableTags.map((key) => ({ tenant, list: 'log_tag_key', key })));
    return sets;
  }
}
