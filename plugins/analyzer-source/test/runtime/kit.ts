/** A stream that adds everything up by series and minute, and the rules of a test on it. */
import { type MetricDefinition, type SeriesKey, type SourceEntity, parseLabels, serviceId } from '@meterlark/core';
import { compileSourceFiles } from '../../src/compile/compile.js';
import { ApdexThresholds } from '../../src/runtime/apdex.js';
import { EventCounts } from '../../src/runtime/emitter.js';
import type { SlotStream } from '../../src/runtime/recorder.js';
import { RuleBook } from '../../src/runtime/rule-book.js';
import { RuleSink } from '../../src/runtime/sink.js';

interface Slot {
  readonly key: SeriesKey;
  /** 0 or 1 of a pair, the bound of a bucket. */
  readonly part: number;
}

export const nowMinute = 28_000_000;
export const nowMs = nowMinute * 60_000;

export class FakeStream implements SlotStream {
  epoch = 1;
  first = nowMinute - 1440;
  last = nowMinute + 10;
  /** Look-ups of slots. */
  asked = 0;
  definitions: readonly MetricDefinition[] = [];
  private slots: Slot[] = [];
  private readonly known = new Map<string, number>();
  readonly values = new Map<string, number>();

  define(definitions: readonly MetricDefinition[]): Promise<void> {
    this.definitions = definitions;
    return Promise.resolve();
  }

  /** All numbers handed out are void. */
  forget(): void {
    this.epoch += 1;
    const used = this.slots.length;
    this.slots = Array.from({ length: used }, () => ({ key: { tenant: '', metric: 'stale', kind: 'sum', entityId: '', labels: '', source: '' }, part: 0 }));
    this.known.clear();
  }

  series(key: SeriesKey): number {
    this.asked += 1;
    const first = this.slot(key, 0);
    if (key.kind === 'ratio') this.slot(key, 1);
    return first;
  }

  buckets(key: SeriesKey, bounds: readonly number[]): Int32Array {
    this.asked += 1;
    return Int32Array.from(bounds, (bound) => this.slot(key, bound));
  }

  add(slot: number, minute: number, value: number): void {
    this.change(slot, minute, (before = 0) => before + value);
  }
  addPair(slot: number, minute: number, a: number, b: number): void {
    this.add(slot, minute, a);
    this.add(slot + 1, minute, b);
  }
  min(slot: number, minute: number, value: number): void {
    this.change(slot, minute, (before = Infinity) => Math.min(before, value));
  }
  max(slot: number, minute: number, value: number): void {
    this.change(slot, minute, (before = -Infinity) => Math.max(before, value));
  }
  latest(): void {
    throw new TypeError('no rule is latest');
  }
  acceptedMinutes(): { readonly first: number; readonly last: number } {
    return { first: this.first, last: this.last };
  }

  /** `metric{labels} part minute-offset: value`, sorted; of pairs and plain values part 0 is left out. */
  shown(metric?: string): string[] {
    return [...this.values].map(([id, value]) => {
      const [key, part, minute] = JSON.parse(id) as [SeriesKey, number, number];
      const labels = parseLabels(key.labels).map(([name, text]) => `${name}=${text}`).join(',');
      const offset = minute - nowMinute;
      return [key.metric, `${key.metric}${labels === '' ? '' : `{${labels}}`}${part === 0 ? '' : ` ${part}`}${offset === 0 ? '' : ` @${offset}`}: ${value}`] as const;
    }).filter(([name]) => metric === undefined || name === metric).map(([, text]) => text).sort();
  }

  private slot(key: SeriesKey, part: number): number {
    const id = JSON.stringify([key, part]);
    const known = this.known.get(id);
    if (known !== undefined) return known;
    this.slots.push({ key, part });
    this.known.set(id, this.slots.length - 1);
    return this.slots.length - 1;
  }

  private change(slot: number, minute: number, next: (before?: number) => number): void {
    const found = this.slots[slot];
    if (found === undefined) throw new RangeError(`no slot ${slot}`);
    const id = JSON.stringify([found.key, found.part, minute]);
    this.values.set(id, next(this.values.get(id)));
  }
}

export interface Bench {
  readonly stream: FakeStream;
  readonly sink: RuleSink;
  readonly counts: EventCounts;
  readonly load: (rules: string) => void;
}

export function bench(rules: string, apdex = new ApdexThresholds(500)): Bench {
  const stream = new FakeStream();
  const book = new RuleBook();
  const counts = new EventCounts();
  const load = (text: string): void => {
    const { plans, faults } = compileSourceFiles([{ path: 'f.oal', text }]);
    if (faults.length > 0) throw new AggregateError(faults, faults.map(({ message }) => message).join('\n'));
    book.replace(plans.filter(({ active }) => active));
  };
  load(rules);
  return { stream, counts, load, sink: new RuleSink({ book, stream, apdex, counts }) };
}

export function service(name: string, tenant = ''): SourceEntity {
  return { tenant, id: serviceId({ name, normal: true }) };
}
