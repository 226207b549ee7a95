/** Hot path: mutable running state. */
import type { MetricKind, MetricState } from '@meterlark/core';
import { LabelStates } from './label-states.js';
import type { StatesEncoder } from './states-encoder.js';

/**
 * A part takes no new label sets when its states have about so many bytes: a flush rewrites the parts it touches. The server
 * refuses a block of more than 8 MiB, and a block is what a series has in a few neighbouring buckets, 2 MiB and one row at most.
 */
const fullPartBytes = 256 * 1024;
/** What a state has beside its label set, and a bucket of a histogram, about. */
const stateBytes = 16;
const bucketBytes = 5;

/** A row of the store: label sets of an open row, and the last batch that all of them have. */
export class OpenPart {
  readonly states = new LabelStates();
  /** Of its versions, for whoever must not hold all of it. */
  readonly identity = {};
  bytes = 0;
  /** Increments of the batch under way. */
  added = 0;

  constructor(
    readonly number: number,
    public sequence: number,
    /** Microseconds; 0 when it is not in the store. */
    public version: number,
  ) {}

  get isFull(): boolean {
    return this.bytes >= fullPartBytes;
  }

  merge(kind: MetricKind, labels: string, state: MetricState): void {
    this.states.merge(kind, labels, state);
    this.added += 1;
    this.bytes += labels.length + stateBytes + (state.histogram?.bounds.length ?? 0) * bucketBytes;
  }

  /** What goes into the store now; the batch is inside from here on. */
  encode(encoder: StatesEncoder, sequence: number, version: number): Buffer {
    const encoded = encoder.encode(this.states);
    this.bytes = encoded.length;
    this.added = 0;
    this.sequence = sequence;
    this.version = version;
    return encoded;
  }
}

export class OpenRow {
  readonly parts: OpenPart[] = [];
  /** Not read back yet. */
  isUnknown = false;
  /** As OpenRows counts it. */
  weight = 0;

  constructor(
    readonly key: string,
    readonly bucketMs: number,
    readonly kind: MetricKind,
    /** All entity tags but the part, as they are stored. */
    readonly tags: readonly string[],
  ) {}

  /** About so many KiB, 1 at least. */
  get size(): number {
    let bytes = 0;
    for (const part of this.parts) bytes += part.bytes;
    return 1 + (bytes >>> 10);
  }

  /** The part that grows; undefined when it has the batch already. */
  partFor(sequence: number, labels: string): OpenPart | undefined {
    const part = this.partWith(labels) ?? this.roomFor(sequence);
    // Rows tell one by one whether they have the batch: a crash may have stored some of them only.
    return part.added === 0 && part.sequence >= sequence ? undefined : part;
  }

  private partWith(labels: string): OpenPart | undefined {
    for (const part of this.parts) if (part.states.has(labels)) return part;
    return undefined;
  }

  /**
   * Never a part that has the batch: the label set would be taken for one that is inside. The lowest free number, so that a
   * repetition of a part that is still on its way replaces it.
   */
  private roomFor(sequence: number): OpenPart {
    const room = this.parts.find((part) => !part.isFull && (part.added > 0 || part.sequence < sequence));
    if (room !== undefined) return room;
    let number = 0;
    while (this.parts.some((part) => part.number === number)) number += 1;
    const part = new OpenPart(number, 0, 0);
    this.parts.push(part);
    return part;
  }
}
