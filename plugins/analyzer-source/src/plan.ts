/** What a rule compiles to: plain data; the runtime binds it to the columns of an emitter and to a stream. */
import type { MetricDefinition } from '@meterlark/core';
import type { SourceDefinition } from './catalog/define.js';

export interface ColumnUse {
  /** As `SourceSink.open` spells it. */
  readonly name: string;
  /** Its text is read as an integer. */
  readonly cast: boolean;
  /** Missing text and enumerations are null, which `!=` may meet; a missing number or flag passes the rule over. */
  readonly nullable: boolean;
}

export type ConditionValue = string | number | boolean | undefined;

export interface Condition {
  readonly column: ColumnUse;
  /** `hasNot`: there is a value, and it is another one. */
  readonly operator: '==' | '!=' | '>' | '<' | '>=' | '<=' | 'in' | 'like' | 'hasNot';
  readonly values: readonly ConditionValue[];
}

export type RuleRecord =
  /** sum: 1 per event. */
  | { readonly op: 'count' }
  /** sum: 1 or 0. */
  | { readonly op: 'countIf'; readonly condition: Condition }
  | { readonly op: 'sum'; readonly value: ColumnUse }
  /** ratio: value, 1. */
  | { readonly op: 'mean'; readonly value: ColumnUse }
  /** ratio: 1 or 0, 1. */
  | { readonly op: 'percent'; readonly condition: Condition }
  /** ratio: 1 or 0, 1 or 0. */
  | { readonly op: 'rate'; readonly part: Condition; readonly whole: Condition }
  /** ratio: value, value. `partMayMiss`: without it the part is 0; otherwise the event is passed over. */
  | { readonly op: 'quotient'; readonly part: ColumnUse; readonly whole: ColumnUse; readonly partMayMiss: boolean }
  /** ratio: 1, ½ or 0, 1. */
  | { readonly op: 'apdex'; readonly value: ColumnUse; readonly name: ColumnUse; readonly status: ColumnUse }
  | { readonly op: 'max' | 'min'; readonly value: ColumnUse }
  /** Buckets of so many units; those above the last one go there. */
  | { readonly op: 'histogram'; readonly value: ColumnUse; readonly width: number; readonly last: number | undefined };

export interface LabelUse {
  readonly columns: readonly ColumnUse[];
  /** Label names, one per column. */
  readonly names: readonly string[];
  /** Most label sets of an entity and minute; undefined: the stream's limits alone. */
  readonly limit: number | undefined;
}

export interface RulePlan {
  readonly definition: MetricDefinition;
  readonly source: SourceDefinition;
  readonly filters: readonly Condition[];
  readonly record: RuleRecord;
  readonly labels: LabelUse | undefined;
  readonly line: number;
  readonly column: number;
  readonly notes: readonly string[];
  /** false: a disable() names it, or a rule read before is the same. */
  readonly active: boolean;
}
