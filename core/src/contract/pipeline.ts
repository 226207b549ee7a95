import { defineModule } from '../kernel/definition.js';
import type { MeterlarkError } from '../kernel/error.js';
import { serviceToken } from '../kernel/token.js';
import type { EntityScope } from '../model/entity.js';
import type { MetricKind } from '../model/metric.js';
import type { SourceEntity, SourceValue } from '../model/source.js';
import type { Log, LogOrigin } from '../model/log.js';
import type { Span, SpanOrigin } from '../model/span.js';
import type { Resource, Signal, TelemetryBatch } from '../model/telemetry.js';
import { Commands } from './command.js';
import type { StoredLog } from './log-query.js';
import type { MetricStream } from './stream.js';

export interface AcceptOutcome {
  /** Points (records, spans) that were refused for good; 0 when all were taken. */
  readonly rejected: number;
  /** Why, for the sender; "" when nothing was rejected. */
  readonly reason: string;
}

/** Takes decoded telemetry and turns it into something stored. */
export interface Analyzer {
  readonly signals: readonly Signal[];
  /** false refuses a whole batch before any analyzer has taken part of it. */
  hasRoom(): boolean;
  accept(batch: TelemetryBatch): AcceptOutcome;
}
export const Analyzer = serviceToken<Analyzer>('analyzer.Analyzer');

export interface TelemetrySink {
  /**
   * Hands a batch to every analyzer of its signal. Rejects with a retryable MeterlarkError when there is no room,
   * before any analyzer has taken anything.
   */
  accept(batch: TelemetryBatch): Promise<AcceptOutcome>;
}
export const TelemetrySink = serviceToken<TelemetrySink>('pipeline.TelemetrySink');

/** Masking for what a receiver stores besides batches, e.g. what an agent says about its instance. */
export interface ResourceMasking {
  /** What may be stored of it, by the rules that batches are masked with; the same object when no rule hits. */
  mask(resource: Resource): Resource;
}
export const ResourceMasking = serviceToken<ResourceMasking>('pipeline.ResourceMasking');

/** Path of a rule file or folder, or rules given as text; `name` stands for the file in errors. */
export type RuleSource = string | { readonly name: string; readonly text: string };

/** Rules for the analyzer of metric samples (MAL), e.g. from a layer's plugin. Call during start, before data flow. */
export interface MeterRules {
  /**
   * Compiles rules and adds them. A text is a file or folder (relative to the root folder) of YAML files; a plugin
   * may also bring the rules' text itself. Rejects with all faults of all files, each with file, line and column.
   */
  load(sources: readonly RuleSource[]): Promise<void>;
}
export const MeterRules = serviceToken<MeterRules>('analyzer.MeterRules');

export interface RuleSummary {
  readonly name: string;
  readonly kind: MetricKind;
  readonly scope: EntityScope;
  readonly labels: readonly string[];
  /** What a total's source is made of; "" for other kinds. */
  readonly source: string;
  /** Remarks, e.g. that the rule is evaluated per resource, or that it needs a metadata resolver. */
  readonly notes: readonly string[];
}

/** A rule over logs. */
export interface LogRuleSummary {
  readonly name: string;
  readonly layer: string;
  readonly outputType: string;
  /** false: it reads what no receiver here brings. */
  readonly runs: boolean;
  readonly notes: readonly string[];
}

/** A rule file as it is read; `file` is its name in reports and faults. */
export interface RuleFileText {
  readonly file: string;
  readonly text: string;
}

/** What one file holds. */
export interface RuleReport {
  readonly file: string;
  readonly metrics: readonly RuleSummary[];
  readonly logRules?: readonly LogRuleSummary[];
  readonly faults: readonly MeterlarkError[];
}

/** Checks rule files without running them; behind `meterlark rules check`. */
export interface RuleChecker {
  /** Which files below a folder are of its language: `.oal`. In lower case. */
  readonly endings: readonly string[];
  /** Checks all files together, as a start would, and reports each that is of this checker's language, in the given order. */
  check(files: readonly RuleFileText[]): readonly RuleReport[];
}
export const RuleChecker = serviceToken<RuleChecker>('analyzer.RuleChecker');

/** Looks at every span before it is stored. */
export interface SpanListener {
  /**
   * Answers the span to store: the given one, or a copy that has something added (a cost) or taken away (content that
   * lives elsewhere). Must be quick and must not throw; a listener that does is counted and the span stored as it was.
   */
  listen(span: Span, origin: SpanOrigin): Span;
  /** false refuses a whole batch before any of it is taken. */
  hasRoom(): boolean;
}

/** Kept by the analyzer of spans. */
export interface SpanListeners {
  /** Call during start, before data flow. Listeners are asked in the order added. */
  add(listener: SpanListener): void;
}
export const SpanListeners = serviceToken<SpanListeners>('analyzer.SpanListeners');

/** Looks at every log record before rules keep or drop it. */
export interface LogListener {
  /** The log as it was told: `timeUs` is 0 when nobody said. Must be quick and must not throw; a listener that does is counted, and the log goes on. */
  listen(log: Log, origin: LogOrigin): void;
  /** false refuses a whole batch before any of it is taken. */
  hasRoom(): boolean;
}

/** Kept by the analyzer of logs. */
export interface LogListeners {
  /** Call during start, before data flow. Listeners are asked in the order added. */
  add(listener: LogListener): void;
}
export const LogListeners = serviceToken<LogListeners>('analyzer.LogListeners');

/** Rules for the analyzer of logs (LAL), e.g. from a layer's plugin; as MeterRules. */
export interface LogRules {
  /** `constants`: what the rules may read as `settings.<name>`. Rejects with all faults of all files. */
  load(sources: readonly RuleSource[], constants?: Readonly<Record<string, number | string | boolean>>): Promise<void>;
}
export const LogRules = serviceToken<LogRules>('analyzer.LogRules');

/** What a rule makes of a log, for people who write one. */
export interface LogTrial {
  /** `dsl` is one rule's text, `log` a LogData message as JSON or YAML. Rejects (permanent) with the faults of either. */
  run(dsl: string, log: string): Promise<LogTrialResult>;
}
export interface LogTrialResult {
  /** undefined when the rule keeps nothing. */
  readonly log: StoredLog | undefined;
  readonly samples: readonly MetricSample[];
}
export const LogTrial = serviceToken<LogTrial>('analyzer.LogTrial');

/** One value that a rule over logs counts or measures. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timeMs: number;
}

/** Takes samples to metrics by MAL rules; kept by the analyzer of metrics. */
export interface SampleSink {
  /**
   * Each sample stands for itself: two of equal labels and time are two, in whatever order of time they come. Those of
   * minutes that are no longer accepted are dropped and counted.
   */
  add(tenant: string, samples: readonly MetricSample[]): void;
}
export const SampleSink = serviceToken<SampleSink>('analyzer.SampleSink');

/** Events of one source, for all rules on it. */
export interface SourceEmitter {
  /**
   * `values` in the order of the columns that were named when opened; read at once, may be reused. A rule whose
   * columns are undefined in an event passes it over. `weight` -1 takes an event back (sums and counts only). Events
   * of minutes that are no longer accepted are counted and dropped.
   */
  emit(entity: SourceEntity, timeMs: number, values: readonly SourceValue[], weight?: 1 | -1): void;
}

/** Takes events to metrics by rules (OAL). Kept by the analyzer of sources. */
export interface SourceSink {
  /** Throws when no source or column has such a name. */
  open(source: string, columns: readonly string[]): SourceEmitter;
  /** The same rules, writing to another stream: for corrections of stored minutes. */
  onto(stream: Pick<MetricStream, 'epoch' | 'series' | 'buckets' | 'add' | 'addPair' | 'min' | 'max' | 'latest' | 'acceptedMinutes'>): SourceSink;
}
export const SourceSink = serviceToken<SourceSink>('analyzer.SourceSink');

/** Rules for the analyzer of sources (OAL), e.g. from a layer's plugin; as MeterRules. `.oal` files. */
export interface SourceRules {
  load(sources: readonly RuleSource[], layer: string): Promise<void>;
}
export const SourceRules = serviceToken<SourceRules>('analyzer.SourceRules');

export const AnalyzerModule = defineModule({
  name: 'analyzer',
  arity: 'many',
  services: [Analyzer],
  offers: [MeterRules, SourceRules, LogRules, SourceSink, SampleSink, SpanListeners, LogListeners, LogTrial, RuleChecker],
});

export const AnalysisModule = defineModule({ name: 'analysis', arity: 'many', services: [], offers: [Commands] });
export const PipelineModule = defineModule({ name: 'pipeline', arity: 'one', services: [TelemetrySink], offers: [Commands, ResourceMasking] });
export const ReceiverModule = defineModule({ name: 'receiver', arity: 'many', services: [] });
