/** Hot path: one event to all rules on its source. */
import type { SourceEmitter, SourceEntity, SourceValue } from '@meterlark/core';
import type { ApdexThresholds } from './apdex.js';
import { EntitySlots, makeRecorder, type Event, type Recorder, type SlotStream } from './recorder.js';
import type { RuleBook } from './rule-book.js';
import type { Places } from './tests.js';

export interface EmitterServices {
  readonly book: RuleBook;
  readonly stream: SlotStream;
  readonly apdex: ApdexThresholds;
  readonly counts: EventCounts;
  /** Events are taken back and given again: every value has the same bucket both times, however many there are. */
  readonly corrects?: boolean;
}

/** Shared by all emitters; read by the server's own metrics. */
export class EventCounts {
  events = 0;
  late = 0;
  overflowed = 0;
}

const minuteMs = 60_000;
/** Events between two looks at the clock, for the window of minutes moves on. */
const eventsPerLook = 256;

export class RuleEmitter implements SourceEmitter {
  private recorders: readonly Recorder[] = [];
  private version = -1;
  private epoch = -1;
  private first = Infinity;
  private last = -Infinity;
  private untilLook = 0;
  /** By identity: callers keep one object per entity. */
  private entities = new WeakMap<SourceEntity, EntitySlots>();
  private readonly event: Event = { known: new EntitySlots({ tenant: '', id: '' }, 0), values: [], minute: 0, weight: 1 };

  constructor(
    private readonly source: string,
    private readonly places: Places,
    private readonly services: EmitterServices,
  ) {}

  emit(entity: SourceEntity, timeMs: number, values: readonly SourceValue[], weight: 1 | -1 = 1): void {
    const { book, stream, counts } = this.services;
    if (this.version !== book.version) this.bind();
    if (this.epoch !== stream.epoch) this.forget();
    const minute = Math.floor(timeMs / minuteMs);
    counts.events += 1;
    this.untilLook -= 1;
    if ((this.untilLook < 0 || !(minute >= this.first && minute <= this.last)) && !this.accepts(minute)) {
      counts.late += 1;
      return;
    }
    let known = this.entities.get(entity);
    if (known === undefined) this.entities.set(entity, (known = new EntitySlots(entity, this.recorders.length)));
    const { event } = this;
    event.known = known;
    event.values = values;
    event.minute = minute;
    event.weight = weight;
    for (const record of this.recorders) record(event);
  }

  private bind(): void {
    const { book, stream, apdex, counts, corrects = false } = this.services;
    const overflowed = (): void => void (counts.overflowed += 1);
    const context = { stream, places: this.places, apdex, overflowed, corrects };
    this.version = book.version;
    this.recorders = book.of(this.source).map((plan, rule) => makeRecorder(plan, rule, context));
    this.forget();
  }

  private forget(): void {
    this.epoch = this.services.stream.epoch;
    this.entities = new WeakMap();
  }

  private accepts(minute: number): boolean {
    const { first, last } = this.services.stream.acceptedMinutes();
    this.first = first;
    this.last = last;
    this.untilLook = eventsPerLook;
    return minute >= first && minute <= last;
  }
}
