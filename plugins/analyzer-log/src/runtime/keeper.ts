/** Hot path: stores what a rule says of a log, and lists whom and what it is about. */
import { hourMs, minuteMs, type CutEvents, type RecordAppender, type SeenService } from '@meterlark/core';
import type { LogRule, OutputType, RuleOutcome } from '../plan.js';
import type { CurrentLog } from './current-log.js';
import type { DropReason } from './drops.js';
import { KeptLog } from './kept-log.js';
import { LogRows } from './log-rows.js';
import type { Origin } from './origins.js';
import type { Places } from './places.js';
import { autoLayer, type RuleBook } from './rule-book.js';
import type { StoredTags } from './stored-tags.js';
import type { TimeWindow } from './time-window.js';
import { topRecordOf, type TopRecords } from './top-records.js';

export interface Outlets {
  readonly logs: RecordAppender;
  readonly tops: RecordAppender;
}

export interface KeeperParts {
  readonly outlets: Outlets;
  readonly book: RuleBook;
  readonly tags: StoredTags;
  readonly tops: TopRecords;
  readonly places: Places;
  readonly cuts: CutEvents;
  /** Adds up. */
  readonly counts: { rows: number; tops: number };
  /** Told of every time that a rule gave and that may not be written. */
  readonly timeRefused: () => void;
}

const minuteUs = minuteMs * 1000;
const hourUs = hourMs * 1000;

export class Keeper {
  private readonly kept: KeptLog;
  private readonly rows: LogRows;
  private window: TimeWindow = { fromUs: 0, toUs: 0 };

  constructor(private readonly parts: KeeperParts) {
    this.kept = new KeptLog(parts.cuts, parts.timeRefused);
    this.rows = new LogRows(parts.cuts);
  }

  /** A batch comes, `nowMs` by the server's clock. */
  begin(window: TimeWindow, nowMs: number): void {
    this.window = window;
    this.parts.tops.begin(nowMs, window.fromUs / 1000);
  }

  /** What a rule says that did not abort. undefined: something was stored. */
  keep(rule: LogRule, input: CurrentLog, origin: Origin, outcome: RuleOutcome): DropReason | undefined {
    const { kept } = this;
    const said = outcome.layer ?? '';
    // The rule took a log that nobody gave a layer: it should have.
    if (said === '' && outcome.kept && rule.layer === autoLayer) {
      this.seeSender(input, origin);
      return 'no_layer';
    }
    kept.set(input, origin, outcome, said === '' ? origin.route.layer : this.parts.book.named(said));
    kept.setTime(this.window);
    const service = this.parts.places.see(kept, origin, Math.floor(kept.timeUs / minuteUs));
    if (!outcome.kept) return 'sampled';
    if (rule.outputType !== 'Log') return this.keepTop(rule.outputType, kept, said === '' ? origin.route.said : kept.layer);
    this.keepLog(kept, service);
    return undefined;
  }

  /** A log of which no rule said anything: its sender is there all the same. */
  seeSender({ log }: CurrentLog, origin: Origin): void {
    this.parts.places.see(origin.sender, origin, Math.floor(log.timeUs / minuteUs));
  }

  private keepLog(kept: KeptLog, service: SeenService | undefined): void {
    const { tags, outlets, counts } = this.parts;
    tags.fill(kept.input.log, kept.outcome);
    this.rows.append(kept, tags.tags, outlets.logs);
    counts.rows += 1;
    if (kept.endpoint !== '') service?.endpoint(kept.endpoint).seen(Math.floor(kept.timeUs / minuteUs));
    tags.offer(kept.origin.tags, Math.floor(kept.timeUs / hourUs));
  }

  private keepTop(type: OutputType, kept: KeptLog, layer: string): DropReason | undefined {
    const { tops, outlets, counts } = this.parts;
    kept.layer = layer;
    const record = topRecordOf(type, kept.outcome.fields, kept);
    if (record === undefined) return 'incomplete';
    const admission = tops.add(record, kept, outlets.tops);
    if (admission !== 'admitted') return admission;
    counts.tops += 1;
    return undefined;
  }
}
