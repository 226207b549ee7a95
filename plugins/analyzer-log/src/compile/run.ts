/** One rule at work on one log: what it read, and its word on the log. Hot path: one object per rule and log. */
import type { LogContentType, MetricSample, PatternBudget } from '@meterlark/core';
import type { LogInput, RuleOutcome, RuleTools } from '../plan.js';
import { fieldOf, type Value } from './values.js';

type Fields = Record<string, string | number | boolean | undefined>;

const noTags: readonly (readonly [string, string])[] = Object.freeze([]);
const noSamples: readonly MetricSample[] = Object.freeze([]);
const noFields: Readonly<Fields> = Object.freeze({});
const noLocals: Value[] = [];

export class RuleRun implements RuleOutcome {
  aborted = false;
  kept = false;
  service: string | undefined = undefined;
  instance: string | undefined = undefined;
  endpoint: string | undefined = undefined;
  layer: string | undefined = undefined;
  traceId: string | undefined = undefined;
  segmentId: string | undefined = undefined;
  spanId: number | undefined = undefined;
  timeMs: number | undefined = undefined;
  contentType: LogContentType | undefined = undefined;
  tags: readonly (readonly [string, string])[] = noTags;
  samples: readonly MetricSample[] = noSamples;
  fields: Readonly<Fields> = noFields;

  /** What the last sampler, enforcer or dropper said. */
  saving = true;
  /** Map of the body, or named groups of the pattern. */
  body: object | undefined = undefined;
  readonly locals: Value[];
  private patterns: PatternBudget | undefined = undefined;

  constructor(
    readonly input: LogInput,
    readonly tools: RuleTools,
    locals: number,
  ) {
    this.locals = locals === 0 ? noLocals : new Array<Value>(locals).fill(undefined);
  }

  /** For all patterns of the rule together; no more than the batch has left. */
  get budget(): PatternBudget {
    return (this.patterns ??= this.tools.patternBudget());
  }

  addTag(key: string, value: string): void {
    if (this.tags === noTags) this.tags = [[key, value]];
    else (this.tags as (readonly [string, string])[]).push([key, value]);
  }

  /** The time of the rule, unless it cannot be stored: then the log keeps its own, and so does what is made of it. */
  get sampleTimeMs(): number {
    const { timeMs, input, tools } = this;
    return timeMs !== undefined && tools.isWritable(timeMs) ? timeMs : input.timeMs;
  }

  addSample(sample: MetricSample): void {
    if (this.samples === noSamples) this.samples = [sample];
    else (this.samples as MetricSample[]).push(sample);
  }

  setField(name: string, value: string | number | boolean | undefined): void {
    if (this.fields === noFields) this.fields = { [name]: value };
    else (this.fields as Fields)[name] = value;
  }

  abort(): false {
    this.aborted = true;
    this.kept = false;
    return false;
  }

  /** `parsed.name`: of the body, else what is known of the log. */
  parsed(name: string): Value {
    return fieldOf(this.body, name) ?? this.known(name);
  }

  private known(name: string): Value {
    const { input } = this;
    switch (name) {
      case 'service':
        return input.service === '' ? undefined : input.service;
      case 'serviceInstance':
        return input.instance === '' ? undefined : input.instance;
      case 'endpoint':
        return input.endpoint === '' ? undefined : input.endpoint;
      case 'layer':
        return input.layer === '' ? undefined : input.layer;
      case 'timestamp':
        return input.timeMs > 0 ? input.timeMs : undefined;
      default:
        return undefined;
    }
  }
}

/** Names that `parsed` has without a body that says them. */
export const knownNames: readonly string[] = ['service', 'serviceInstance', 'endpoint', 'layer', 'timestamp'];

/** true: on to the next statement; false: the rule is done. */
export type Step = (run: RuleRun) => boolean;

export function sequence(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0] as Step;
  return (run) => {
    for (const step of steps) if (!step(run)) return false;
    return true;
  };
}
