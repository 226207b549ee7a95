/** Hot path: one rule bound to the columns of an emitter and to a stream. */
import type { MetricStream, SeriesKey, SourceEntity } from '@meterlark/core';
import { boundsPerUnit } from '@meterlark/core';
import type { LabelUse, RulePlan } from '../plan.js';
import type { ApdexThresholds } from './apdex.js';
import { bucketIndex, mostFineBuckets } from './buckets.js';
import { LabelSlots } from './labels.js';
import { matcher, numberReader, placeOf, type Match, type Places, type Values } from './tests.js';

export type SlotStream = Pick<MetricStream, 'epoch' | 'series' | 'buckets' | 'add' | 'addPair' | 'min' | 'max' | 'latest' | 'acceptedMinutes'>;

/** What is known of one entity, for all rules of an emitter: valid for one epoch of the stream. */
export class EntitySlots {
  /** First slot by the rule's number; -1 when it was not asked for yet. */
  readonly slots: Int32Array;
  readonly labels: (LabelSlots | undefined)[];
  /** Slots of histograms by the number of the bucket. */
  readonly buckets: (Map<number, number> | undefined)[];

  constructor(
    readonly entity: SourceEntity,
    rules: number,
  ) {
    this.slots = new Int32Array(rules).fill(-1);
    this.labels = new Array<LabelSlots | undefined>(rules).fill(undefined);
    this.buckets = new Array<Map<number, number> | undefined>(rules).fill(undefined);
  }
}

export interface RecorderContext {
  readonly stream: SlotStream;
  readonly places: Places;
  readonly apdex: ApdexThresholds;
  /** A label set over the rule's own limit. */
  readonly overflowed: () => void;
  readonly corrects: boolean;
}

/** An event, and what is known of its entity. The same object is used for every event. */
export interface Event {
  known: EntitySlots;
  values: Values;
  minute: number;
  weight: number;
}

export type Recorder = (event: Event) => void;

type SlotFinder = (event: Event) => number;

/** `rule`: its number among those of the emitter. */
export function makeRecorder(plan: RulePlan, rule: number, context: RecorderContext): Recorder {
  const record = makeWrite(plan, rule, context);
  const matches = plan.filters.map((filter) => matcher(filter, context.places));
  const [first, second] = matches;
  if (first === undefined) return record;
  if (second === undefined) {
    return (event) => {
      if (first(event.values) === true) record(event);
    };
  }
  return (event) => {
    for (const match of matches) if (match(event.values) !== true) return;
    record(event);
  };
}

function makeWrite(plan: RulePlan, rule: number, context: RecorderContext): Recorder {
  const { record } = plan;
  const { stream, places } = context;
  if (record.op === 'histogram') return histogramWrite(plan, rule, context);
  const slotOf = plan.labels === undefined ? plainSlot(plan, rule, stream) : labelSlot(plan, plan.labels, rule, context);
  switch (record.op) {
    case 'count':
      return addWrite(stream, slotOf, () => 1);
    case 'countIf':
      return addWrite(stream, slotOf, asNumber(matcher(record.condition, places)));
    case 'sum':
      return addWrite(stream, slotOf, numberReader(record.value, places));
    case 'mean':
      return pairWrite(stream, slotOf, numberReader(record.value, places), () => 1);
    case 'percent':
      return pairWrite(stream, slotOf, asNumber(matcher(record.condition, places)), () => 1);
    case 'rate':
      return pairWrite(stream, slotOf, asNumber(matcher(record.part, places)), asNumber(matcher(record.whole, places)));
    case 'quotient':
      return pairWrite(stream, slotOf, partReader(record, places), numberReader(record.whole, places));
    case 'apdex':
      return pairWrite(stream, slotOf, apdexReader(record, context), () => 1);
    case 'max':
    case 'min':
      return extremeWrite(stream, slotOf, record.op, numberReader(record.value, places));
  }
}

type Reader = (values: Values) => number;

function asNumber(match: Match): Reader {
  return (values) => {
    const holds = match(values);
    return holds === undefined ? Number.NaN : holds ? 1 : 0;
  };
}

function partReader({ part, partMayMiss }: Extract<RulePlan['record'], { op: 'quotient' }>, places: Places): Reader {
  const read = numberReader(part, places);
  if (!partMayMiss) return read;
  return (values) => {
    const value = read(values);
    return value === value ? value : 0;
  };
}

function addWrite(stream: SlotStream, slotOf: SlotFinder, read: Reader): Recorder {
  return (event) => {
    const value = read(event.values);
    if (value !== value) return;
    const slot = slotOf(event);
    if (slot >= 0) stream.add(slot, event.minute, value * event.weight);
  };
}

function pairWrite(stream: SlotStream, slotOf: SlotFinder, part: Reader, whole: Reader): Recorder {
  return (event) => {
    const a = part(event.values);
    const b = whole(event.values);
    if (a !== a || b !== b || (a === 0 && b === 0)) return;
    const slot = slotOf(event);
    if (slot >= 0) stream.addPair(slot, event.minute, a * event.weight, b * event.weight);
  };
}

/** What was seen cannot be unseen: events that are taken back change nothing. */
function extremeWrite(stream: SlotStream, slotOf: SlotFinder, op: 'max' | 'min', read: Reader): Recorder {
  return (event) => {
    const value = read(event.values);
    if (value !== value || event.weight < 0) return;
    const slot = slotOf(event);
    if (slot < 0) return;
    if (op === 'max') stream.max(slot, event.minute, value);
    else stream.min(slot, event.minute, value);
  };
}

/** Satisfied 1, tolerated (up to four times the threshold) ½, failed or slower 0. */
function apdexReader(record: Extract<RulePlan['record'], { op: 'apdex' }>, { places, apdex }: RecorderContext): Reader {
  const read = numberReader(record.value, places);
  const name = placeOf(record.name, places);
  const status = placeOf(record.status, places);
  return (values) => {
    const value = read(values);
    const succeeded = values[status];
    if (value !== value || typeof succeeded !== 'boolean') return Number.NaN;
    const threshold = apdex.of(String(values[name] ?? ''));
    if (!succeeded || value > threshold * 4) return 0;
    return value > threshold ? 0.5 : 1;
  };
}

function keyOf({ definition }: RulePlan, { entity }: EntitySlots, labels: string): SeriesKey {
  return { tenant: entity.tenant, metric: definition.name, kind: definition.kind, entityId: entity.id, labels, source: '' };
}

function plainSlot(plan: RulePlan, rule: number, stream: SlotStream): SlotFinder {
  return ({ known }) => {
    const slot = known.slots[rule]!;
    return slot >= 0 ? slot : (known.slots[rule] = stream.series(keyOf(plan, known, '')));
  };
}

/** -1 for an event that lacks a label. */
function labelSlot(plan: RulePlan, use: LabelUse, rule: number, { stream, places, overflowed }: RecorderContext): SlotFinder {
  const columns = use.columns.map((column) => placeOf(column, places));
  const texts = columns.map(() => '');
  const make = (known: EntitySlots): LabelSlots =>
    new LabelSlots(use.names, use.limit, (labels) => stream.series(keyOf(plan, known, labels)), overflowed);
  return ({ known, values, minute }) => {
    for (let index = 0; index < columns.length; index += 1) {
      const value = values[columns[index]!];
      if (value === undefined) return -1;
      texts[index] = typeof value === 'string' ? value : String(value);
    }
    return (known.labels[rule] ??= make(known)).find(texts, minute);
  };
}

function histogramWrite(plan: RulePlan, rule: number, { stream, places, corrects }: RecorderContext): Recorder {
  const { record } = plan;
  if (record.op !== 'histogram') throw new TypeError('not a histogram');
  const read = numberReader(record.value, places);
  const { width, last } = record;
  return (event) => {
    const value = read(event.values);
    if (value !== value) return;
    const buckets = (event.known.buckets[rule] ??= new Map<number, number>());
    const isCoarse = buckets.size > mostFineBuckets && !corrects;
    const index = last === undefined ? bucketIndex(value, width, isCoarse) : heatIndex(value, width, last);
    let slot = buckets.get(index);
    if (slot === undefined) {
      slot = stream.buckets(keyOf(plan, event.known, ''), [index * width * boundsPerUnit])[0]!;
      buckets.set(index, slot);
    }
    stream.add(slot, event.minute, event.weight);
  };
}

function heatIndex(value: number, width: number, last: number): number {
  return value < width ? 0 : Math.min(last, Math.floor(value / width));
}
