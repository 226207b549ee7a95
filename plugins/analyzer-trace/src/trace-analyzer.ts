/** Hot path: spans in; rows, entities, events of sources and facets out. Everything about a sender or a shape was worked out before. */
import {
  boundedName,
  hourMs,
  isEntry,
  maxNameLength,
  minuteMs,
  spansModel,
  type AcceptOutcome,
  type Analyzer,
  type Clock,
  type Counter,
  type CutEvents,
  type FacetLists,
  type FacetSet,
  type Logger,
  type MetricStream,
  type RecordAppender,
  type RecordReader,
  type RecordStream,
  type ScopeSpans,
  type SeenEntities,
  type SelfMetrics,
  type SourceSink,
  type Span,
  type SpanBatch,
  type SpanListener,
  type SpanListeners,
  type TelemetryBatch,
} from '@meterlark/core';
import { spanDrops, type SpanDrops, type DropReason } from './drops.js';
import { ListenerList } from './listeners.js';
import { OriginTable, type Origin } from './origins.js';
import { RecentEntries } from './recent-entries.js';
import type { TraceSettings } from './settings.js';
import { ShapePlans, type ShapePlan } from './shape-plans.js';
import { SpanRows } from './span-rows.js';
import { rememberStored } from './stored-entries.js';
import { Traffic } from './traffic.js';

export interface TraceAnalyzerParts {
  readonly stream: MetricStream;
  readonly records: RecordStream;
  readonly seen: SeenEntities;
  readonly facets: FacetLists;
  readonly reader: RecordReader;
  /** undefined: nobody makes metrics of sources. */
  readonly sources: SourceSink | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SelfMetrics;
  readonly settings: TraceSettings;
}

interface Outlets {
  readonly spans: RecordAppender;
  readonly traffic: Traffic | undefined;
}

const minuteUs = minuteMs * 1000;
const hourUs = hourMs * 1000;
/** A span that lasted longer is not stored, so that its start does not lie in a part of the store that is long closed. */
const longestMinutes = 7 * 24 * 60;
const nothing: AcceptOutcome = { rejected: 0, reason: '' };

export class TraceAnalyzer implements Analyzer, SpanListeners {
  readonly signals = ['spans'] as const;
  private readonly listeners: ListenerList;
  private readonly drops: SpanDrops;
  private readonly plans: ShapePlans;
  private readonly rows: SpanRows;
  private readonly origins: OriginTable;
  private readonly tagSets = new Map<string, readonly FacetSet[]>();
  private readonly taken: Counter;
  private readonly unnamed: Counter;
  private readonly cuts: CutEvents;
  private outlets: Outlets | undefined;
  private window: { readonly first: number; readonly last: number } = { first: 0, last: 0 };

  constructor(private readonly parts: TraceAnalyzerParts) {
    const { metrics, settings, logger, seen, facets } = parts;
    this.listeners = new ListenerList(logger, metrics);
    this.drops = spanDrops(metrics);
    this.cuts = cutCounters(metrics);
    this.taken = metrics.counter('meterlark_trace_spans_total', 'Spans that were stored.');
    this.unnamed = metrics.counter('meterlark_trace_unnamed_spans_total', 'Spans whose resource does not name a service.');
    this.plans = new ShapePlans([...settings.searchableTags, ...settings.zipkinTags]);
    this.rows = new SpanRows(settings, this.cuts);
    this.origins = new OriginTable({ seen, facets, tagsOf: (tenant) => this.tagsOf(tenant), limits: settings, cuts: this.cuts });
  }

  /** Opens what it writes to; before it there is no room. */
  async start(): Promise<void> {
    const { records, sources } = this.parts;
    const spans = await records.open(spansModel);
    this.outlets = { spans, traffic: sources === undefined ? undefined : this.trafficInto(sources) };
  }

  private trafficInto(sources: SourceSink): Traffic {
    const { metrics, settings } = this.parts;
    const recent = new RecentEntries(settings.recentEntries);
    // Not waited for: what is sent again before it is known is counted again.
    void rememberStored(recent, settings.recentEntries, this.parts);
    const resent = metrics.counter('meterlark_trace_resent_total', 'Entry spans that came again: stored again, but not counted again.');
    return new Traffic(sources, this.cuts.name, recent, resent);
  }

  add(listener: SpanListener): void {
    this.listeners.add(listener);
  }

  hasRoom(): boolean {
    return this.outlets !== undefined && this.parts.records.hasRoom() && this.parts.stream.hasRoom() && this.listeners.hasRoom();
  }

  accept(batch: TelemetryBatch): AcceptOutcome {
    if (batch.signal !== 'spans') return nothing;
    this.window = this.parts.stream.acceptedMinutes();
    for (const { resource, scopes } of batch.resources) {
      for (const scope of scopes) this.acceptScope(scope, this.origins.find(batch, resource, scope.scope), batch);
    }
    return this.drops.settle();
  }

  private get open(): Outlets {
    if (this.outlets === undefined) throw new TypeError('analyzer/trace took spans before it was started');
    return this.outlets;
  }

  private acceptScope({ spans, scope }: ScopeSpans, found: Origin, batch: SpanBatch): void {
    let origin = found;
    let stored = 0;
    for (const span of spans) {
      const reason = this.refusal(span);
      if (reason !== undefined) {
        this.drops.add(reason);
        continue;
      }
      // Entities that were forgotten to make room for this one come again.
      if (origin.generation !== this.parts.seen.generation) origin = this.origins.find(batch, origin.origin.resource, scope);
      this.take(span, origin);
      stored += 1;
    }
    if (stored > 0) this.taken.add(stored);
    if (stored > 0 && origin.unnamed) this.unnamed.add(stored);
  }

  private refusal({ traceId, spanId, startUs, durationNs }: Span): DropReason | undefined {
    if (traceId === '' || spanId === '' || traceId.length > maxNameLength || spanId.length > maxNameLength) return 'malformed';
    if (!(durationNs >= 0 && Number.isSafeInteger(durationNs) && Number.isSafeInteger(startUs))) return 'malformed';
    const { first, last } = this.window;
    if (startUs >= (last + 1) * minuteUs) return 'future';
    const inTime = startUs >= first * minuteUs;
    if (inTime) return undefined;
    // One that lasted long began before others that are late: its end is what arrives.
    const ended = startUs + durationNs / 1000 >= first * minuteUs;
    return ended && startUs >= (first - longestMinutes) * minuteUs ? undefined : 'late';
  }

  private take(span: Span, origin: Origin): void {
    const { spans, traffic } = this.open;
    const plan = this.plans.of(span.attributes.shape);
    const minute = Math.floor(span.startUs / minuteUs);
    const entry = isEntry(span);
    origin.service.seen(minute);
    origin.instance?.seen(minute);
    if (traffic !== undefined && span.segment?.skipAnalysis !== true) traffic.take(span, origin, plan, minute);
    else if (entry) origin.service.endpoint(boundedName(span.name, this.cuts.name)).seen(minute);
    const told = this.listeners.listen(span, origin.origin);
    this.rows.append(told, origin, entry, spans);
    this.list(span, origin, plan);
  }

  /** Values by which others will search. */
  private list({ startUs, name, peer, attributes: { values } }: Span, { spanNames, remoteServices, tags }: Origin, plan: ShapePlan): void {
    const hour = Math.floor(startUs / hourUs);
    if (name !== '') spanNames.see(name, hour);
    if (peer !== '') remoteServices.see(peer, hour);
    const { facetPlaces, facetLists } = plan;
    for (let index = 0; index < facetPlaces.length; index += 1) {
      const value = values[facetPlaces[index] ?? 0];
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') tags[facetLists[index] ?? 0]?.see(value, hour);
    }
  }

  private tagsOf(tenant: string): readonly FacetSet[] {
    const known = this.tagSets.get(tenant);
    if (known !== undefined) return known;
    const { searchableTags, zipkinTags } = this.parts.settings;
    const sets = [
      ...searchableTags.map((key) => this.parts.facets.set({ tenant, list: 'trace_tag', key })),
      ...zipkinTags.map((key) => this.parts.facets.set({ tenant, list: 'zipkin_tag', key })),
    ];
    this.tagSets.set(tenant, sets);
    // What may be searched by does not depend on which values could be listed.
    this.parts.facets.stand(searchableTags.map((key) => ({ tenant, list: 'trace_tag_key', key })));
    return sets;
  }
}

function cutCounters(metrics: SelfMetrics): CutEvents {
  const values = metrics.counter('meterlark_trace_values_cut_total', 'Texts of spans cut because they were longer than maxValueBytes of analyzer/trace.');
  const names = metrics.counter('meterlark_trace_names_cut_total', `Names of spans, services and attributes cut to ${maxNameLength} characters.`);
  const parts = metrics.counter('meterlark_trace_parts_dropped_total', 'Attributes, events, links and references over the limits of one span.');
  return { value: () => { values.add(1); }, name: () => { names.add(1); }, parts: (count) => { parts.add(count); } };
}
