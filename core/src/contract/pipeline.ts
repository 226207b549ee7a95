import { defineModule } from '../kernel/definition.js';
import type { MeterlarkError } from '../kernel/error.js';
import { serviceToken } from '../kernel/token.js';
import type { EntityScope } from '../model/entity.js';
import type { MetricKind } from '../model/metric.js';
import type { Signal, TelemetryBatch } from '../model/telemetry.js';

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

/** A rule file as it is read; `file` is its name in reports and faults. */
export interface RuleFileText {
  readonly file: string;
  readonly text: string;
}

/** What one file holds. */
export interface RuleReport {
  readonly file: string;
  readonly metrics: readonly RuleSummary[];
  readonly faults: readonly MeterlarkError[];
}

/** Checks rule files without running them; behind `meterlark rules check`. */
export interface RuleChecker {
  /** Checks all files together, as a start would, and reports each that is of this checker's language, in the given order. */
  check(files: readonly RuleFileText[]): readonly RuleReport[];
}
export const RuleChecker = serviceToken<RuleChecker>('analyzer.RuleChecker');

export const AnalyzerModule = defineModule({
  name: 'analyzer',
  arity: 'many',
  services: [Analyzer],
  offers: [MeterRules, RuleChecker],
});

export const AnalysisModule = defineModule({ name: 'analysis', arity: 'many', services: [] });
export const PipelineModule = defineModule({ name: 'pipeline', arity: 'one', services: [TelemetrySink] });
export const ReceiverModule = defineModule({ name: 'receiver', arity: 'many', services: [] });
