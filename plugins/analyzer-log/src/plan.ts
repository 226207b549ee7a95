/** What a rule compiles to: a function of a log. Between the language (compile/) and the analyzer (runtime/). */
import type { LogContentType, MetricSample, PatternBudget, PatternTooCostly } from '@meterlark/core';

/** What rules read. One object per log, for all rules of its layer; what rules say is in the outcome. */
export interface LogInput {
  readonly service: string;
  readonly instance: string;
  readonly endpoint: string;
  /** "" when nobody said. */
  readonly layer: string;
  readonly timeMs: number;
  /** false: nobody said when it was, and `timeMs` is when it came. */
  readonly timed: boolean;
  readonly traceId: string;
  /** SkyWalking's segment and number in it; for OTLP the span id, and -1. "" for none. */
  readonly segmentId: string;
  readonly spanId: number;
  readonly contentType: LogContentType;
  readonly body: string;
  /** "" when the log has no such tag. */
  tag(key: string): string;
  /** All tags, for `log.tags`. */
  tags(): Readonly<Record<string, string>>;
  /** Attribute of the resource as text, "" when there is none. */
  sourceAttribute(key: string): string;
}

/** What rules use that lives longer than one log. */
export interface RuleTools {
  /** Takes one of `rpm` places of this minute of a sampler; false when all are taken. */
  allow(samplerId: string, rpm: number): boolean;
  /** 0 <= x < 1, equal for equal logs, so that one that is sent again is decided upon alike. */
  chance(input: LogInput): number;
  /** Neither too late nor too far ahead to be stored. */
  isWritable(timeMs: number): boolean;
  /** false when the body is too long to be read as YAML, or its batch has had enough of them, which is counted. */
  mayReadYaml(text: string): boolean;
  /** What the patterns of one rule may take on one log; they draw on what the batch may take. */
  patternBudget(): PatternBudget;
  /** A pattern was given up, which is counted. */
  patternRefused(reason: PatternTooCostly['reason']): void;
}

/** A rule's word on one log. What it did not say is undefined: then the log's own holds. */
export interface RuleOutcome {
  /** `abort {}`: nothing of it is kept but the samples made before; for `layer: auto` "not mine". */
  readonly aborted: boolean;
  /** There is a sink, and neither a sampler nor a dropper was against it. */
  readonly kept: boolean;
  readonly service: string | undefined;
  readonly instance: string | undefined;
  readonly endpoint: string | undefined;
  readonly layer: string | undefined;
  readonly traceId: string | undefined;
  readonly segmentId: string | undefined;
  readonly spanId: number | undefined;
  readonly timeMs: number | undefined;
  /** What the parser says it is. */
  readonly contentType: LogContentType | undefined;
  /** Added to the log's own; the later of equal keys holds. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly samples: readonly MetricSample[];
  /** Fields of the rule's output type that it set: `statement`, `latency`, … */
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
}

export type OutputType = 'Log' | 'SlowSQL' | 'SampledTrace';

export interface LogRule {
  readonly name: string;
  readonly file: string;
  /** A layer's name, or `auto`. */
  readonly layer: string;
  readonly outputType: OutputType;
  /** false: reads a message that no receiver here brings (Envoy's own access-log protocol); it is never run. */
  readonly runs: boolean;
  readonly notes: readonly string[];
  /** Throws what went wrong (a cast of what is no number, a fault of a method): the rule keeps nothing of this log. */
  run(input: LogInput, tools: RuleTools): RuleOutcome;
}
