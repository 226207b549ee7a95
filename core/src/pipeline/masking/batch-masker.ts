/** Rules over everything in a batch that carries text which a sender chose, ids apart. */
import type { LogBatch, ResourceLogs, ScopeLogs } from '../../model/log.js';
import type { ResourceSpans, ScopeSpans, SegmentRef, SegmentSpan, Span, SpanBatch, SpanEvent, SpanLink } from '../../model/span.js';
import type {
  Metric,
  MetricBatch,
  Resource,
  ResourceMetrics,
  Scope,
  ScopeMetrics,
  TelemetryBatch,
} from '../../model/telemetry.js';
import type { AttributeMasker } from './attribute-masker.js';
import { LogMasker, type LogPlace } from './log-masker.js';
import type { MaskEvents } from './mask-track.js';
import { textRules, type MaskRule } from './rules.js';
import type { ValueMasker } from './value-masker.js';

/** What a rule hit, as a label of the counter. */
export type MaskPlace =
  'attribute' | 'name' | 'status' | 'peer' | 'trace_state' | 'event' | 'link' | 'segment' | 'resource' | 'scope' | 'point' | LogPlace;

export interface BatchMaskerParts {
  readonly values: ValueMasker;
  readonly attributes: AttributeMasker;
  readonly rules: readonly MaskRule[];
  /** Told before each part what is looked at. */
  readonly at: (place: MaskPlace) => void;
  readonly events: MaskEvents;
}

export class BatchMasker {
  private readonly resources = new WeakMap<Resource, Resource>();
  private readonly scopes = new WeakMap<Scope, Scope>();
  /** Rules for texts that have no key. */
  private readonly fieldRules: readonly MaskRule[];
  private readonly logs: LogMasker;

  constructor(private readonly parts: BatchMaskerParts) {
    this.fieldRules = textRules(parts.rules);
    this.logs = new LogMasker(parts);
  }

  /** The batch itself when nothing was hit. */
  mask(batch: TelemetryBatch): TelemetryBatch {
    switch (batch.signal) {
      case 'spans':
        return this.spanBatch(batch);
      case 'metrics':
        return this.metricBatch(batch);
      case 'logs':
        return this.logBatch(batch);
    }
  }

  private logBatch(batch: LogBatch): LogBatch {
    const resources = changed(batch.resources, (each) => this.resourceLogs(each));
    return resources === batch.resources ? batch : { ...batch, resources };
  }

  private resourceLogs(each: ResourceLogs): ResourceLogs {
    const resource = this.resource(each.resource);
    const scopes = changed(each.scopes, (scope) => this.scopeLogs(scope));
    return resource === each.resource && scopes === each.scopes ? each : { resource, scopes };
  }

  private scopeLogs(each: ScopeLogs): ScopeLogs {
    const scope = this.scope(each.scope);
    const logs = changed(each.logs, (log) => this.logs.mask(log));
    return scope === each.scope && logs === each.logs ? each : { scope, logs };
  }

  private spanBatch(batch: SpanBatch): SpanBatch {
    const resources = changed(batch.resources, (each) => this.resourceSpans(each));
    return resources === batch.resources ? batch : { ...batch, resources };
  }

  private resourceSpans(each: ResourceSpans): ResourceSpans {
    const resource = this.resource(each.resource);
    const scopes = changed(each.scopes, (scope) => this.scopeSpans(scope));
    return resource === each.resource && scopes === each.scopes ? each : { resource, scopes };
  }

  private scopeSpans(each: ScopeSpans): ScopeSpans {
    const scope = this.scope(each.scope);
    const spans = changed(each.spans, (span) => this.span(span));
    return scope === each.scope && spans === each.spans ? each : { scope, spans };
  }

  private span(span: Span): Span {
    const name = this.field('name', span.name);
    const statusMessage = this.field('status', span.statusMessage);
    const peer = this.field('peer', span.peer);
    const traceState = this.field('trace_state', span.traceState);
    this.parts.at('attribute');
    const attributes = this.parts.attributes.span(span.attributes);
    const events = span.events.length === 0 ? span.events : changed(span.events, (event) => this.event(event));
    const links = span.links.length === 0 ? span.links : changed(span.links, (link) => this.link(link));
    const segment = span.segment === undefined ? undefined : this.segment(span.segment);
    const same =
      name === span.name && statusMessage === span.statusMessage && peer === span.peer && traceState === span.traceState &&
      attributes === span.attributes && events === span.events && links === span.links && segment === span.segment;
    return same ? span : { ...span, name, statusMessage, peer, traceState, attributes, events, links, segment };
  }

  private event(event: SpanEvent): SpanEvent {
    const name = this.field('event', event.name);
    const attributes = this.parts.attributes.span(event.attributes);
    return name === event.name && attributes === event.attributes ? event : { ...event, name, attributes };
  }

  private link(link: SpanLink): SpanLink {
    const traceState = this.field('link', link.traceState);
    const attributes = this.parts.attributes.span(link.attributes);
    return traceState === link.traceState && attributes === link.attributes ? link : { ...link, traceState, attributes };
  }

  private segment(segment: SegmentSpan): SegmentSpan {
    const refs = segment.refs.length === 0 ? segment.refs : changed(segment.refs, (ref) => this.segmentRef(ref));
    return refs === segment.refs ? segment : { ...segment, refs };
  }

  private segmentRef(ref: SegmentRef): SegmentRef {
    const parentService = this.field('segment', ref.parentService);
    const parentInstance = this.field('segment', ref.parentInstance);
    const parentEndpoint = this.field('segment', ref.parentEndpoint);
    const networkAddress = this.field('segment', ref.networkAddress);
    const same =
      parentService === ref.parentService && parentInstance === ref.parentInstance &&
      parentEndpoint === ref.parentEndpoint && networkAddress === ref.networkAddress;
    return same ? ref : { ...ref, parentService, parentInstance, parentEndpoint, networkAddress };
  }

  private metricBatch(batch: MetricBatch): MetricBatch {
    const resources = changed(batch.resources, (each): ResourceMetrics => {
      const resource = this.resource(each.resource);
      const scopes = changed(each.scopes, (scope) => this.scopeMetrics(scope));
      return resource === each.resource && scopes === each.scopes ? each : { resource, scopes };
    });
    return resources === batch.resources ? batch : { ...batch, resources };
  }

  private scopeMetrics(each: ScopeMetrics): ScopeMetrics {
    const scope = this.scope(each.scope);
    const metrics = changed(each.metrics, (metric) => this.metric(metric));
    return scope === each.scope && metrics === each.metrics ? each : { scope, metrics };
  }

  private metric(metric: Metric): Metric {
    this.parts.at('point');
    const points = changed<Metric['points'][number]>(metric.points, (point) => {
      const attributes = this.parts.attributes.set(point.attributes);
      return attributes === point.attributes ? point : { ...point, attributes };
    });
    // The points are of the metric's own kind: only their attributes changed.
    return points === metric.points ? metric : ({ ...metric, points } as Metric);
  }

  resource(resource: Resource): Resource {
    const known = this.resources.get(resource);
    if (known !== undefined) return known;
    this.parts.at('resource');
    const attributes = this.parts.attributes.set(resource.attributes);
    const masked = attributes === resource.attributes ? resource : { attributes };
    this.resources.set(resource, masked);
    return masked;
  }

  private scope(scope: Scope): Scope {
    const known = this.scopes.get(scope);
    if (known !== undefined) return known;
    const name = this.field('scope', scope.name);
    const version = this.field('scope', scope.version);
    const attributes = this.parts.attributes.set(scope.attributes);
    const same = name === scope.name && version === scope.version && attributes === scope.attributes;
    const masked = same ? scope : { name, version, attributes };
    this.scopes.set(scope, masked);
    return masked;
  }

  private field(place: MaskPlace, text: string): string {
    this.parts.at(place);
    return this.fieldRules.length === 0 ? text : this.parts.values.field(text, this.fieldRules);
  }
}

/** The list itself when no element changed. */
function changed<T>(list: readonly T[], mask: (element: T) => T): readonly T[] {
  let copy: T[] | undefined;
  for (let place = 0; place < list.length; place += 1) {
    const element = list[place] as T;
    const masked = mask(element);
    if (masked === element) continue;
    copy ??= [...list];
    copy[place] = masked;
  }
  return copy ?? list;
}
