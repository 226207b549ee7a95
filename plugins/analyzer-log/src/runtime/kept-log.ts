/** Hot path: a log with what a rule says of it, in one object that is used again. */
import { boundedName, type CutEvents } from '@meterlark/core';
import type { RuleOutcome } from '../plan.js';
import { levelTag, type CurrentLog } from './current-log.js';
import type { Origin } from './origins.js';
import { isWithin, type TimeWindow } from './time-window.js';
import type { SampledLog } from './top-records.js';

/** Characters of a severity that is taken from a tag, as SkyWalking's receiver takes it. */
const maxSeverityLength = 64;

export class KeptLog implements SampledLog {
  tenant = '';
  timeUs = 0;
  service = '';
  instance = '';
  endpoint = '';
  layer = '';
  severity = '';
  traceId = '';
  input!: CurrentLog;
  origin!: Origin;
  outcome!: RuleOutcome;

  constructor(
    private readonly cuts: CutEvents,
    /** Told of every time that a rule gave and that may not be written. */
    private readonly timeRefused: () => void,
  ) {}

  /** `layer`: that of the log, where the rule names none. */
  set(input: CurrentLog, origin: Origin, outcome: RuleOutcome, layer: string): void {
    const { service, instance, tenant } = origin.origin;
    this.input = input;
    this.origin = origin;
    this.outcome = outcome;
    this.tenant = tenant;
    this.service = this.name(outcome.service, service);
    this.instance = this.name(outcome.instance, instance);
    this.endpoint = this.name(outcome.endpoint, input.log.endpoint);
    this.layer = layer;
    this.severity = input.log.severity === '' ? severityIn(outcome.tags) : input.log.severity;
    this.traceId = outcome.traceId ?? input.log.traceId;
  }

  /** The log's own time, unless the rule gave one that may be written. */
  setTime(window: TimeWindow): void {
    const { timeMs } = this.outcome;
    this.timeUs = this.input.log.timeUs;
    // A rule that hands on the log's own milliseconds does not take its microseconds.
    if (timeMs === undefined || timeMs === this.input.timeMs) return;
    const timeUs = Math.round(timeMs * 1000);
    if (isWithin(window, timeUs)) this.timeUs = timeUs;
    else this.timeRefused();
  }

  private name(said: string | undefined, own: string): string {
    return boundedName(said === undefined || said === '' ? own : said, this.cuts.name);
  }
}

/** What tags say of it; one of an empty value is none. */
export function severityIn(tags: RuleOutcome['tags']): string {
  let severity = '';
  for (const [key, value] of tags) if (key === levelTag && value !== '') severity = value;
  return severity.length <= maxSeverityLength ? severity : '';
}
