import type { Stream } from './stream.js';

/**
 * Streams of one attribute set, which differ in start time or bounds. Hot path: the one that was used last is found
 * first, the others by their start time, however many processes share the attributes.
 */
export class StreamSet {
  private last: Stream | undefined;
  /** All streams, those of one start time chained by `next`; only while there are several. */
  private byStart: Map<number, Stream> | undefined;

  constructor(readonly key: string) {}

  get isEmpty(): boolean {
    return this.last === undefined;
  }

  find(startMs: number, bounds: readonly number[]): Stream | undefined {
    const { last } = this;
    if (last?.startMs === startMs && sameBounds(last.bounds, bounds)) return last;
    let stream = this.byStart?.get(startMs);
    while (stream !== undefined && !sameBounds(stream.bounds, bounds)) stream = stream.next;
    if (stream !== undefined) this.last = stream;
    return stream;
  }

  /** Head of the chain of streams that began at this time. */
  ofStart(startMs: number): Stream | undefined {
    if (this.byStart !== undefined) return this.byStart.get(startMs);
    return this.last?.startMs === startMs ? this.last : undefined;
  }

  add(stream: Stream): void {
    if (this.last !== undefined) {
      this.byStart ??= new Map([[this.last.startMs, this.last]]);
      stream.next = this.byStart.get(stream.startMs);
      this.byStart.set(stream.startMs, stream);
    }
    this.last = stream;
  }

  remove(gone: Stream): void {
    const { byStart } = this;
    if (byStart === undefined) {
      if (this.last === gone) this.last = undefined;
      return;
    }
    unchain(byStart, gone);
    if (this.last === gone) this.last = byStart.values().next().value;
    if (byStart.size === 1) this.shrink(byStart);
  }

  /** In the order of first use by start time, so that those that ended long ago come early. */
  *values(): IterableIterator<Stream> {
    if (this.byStart === undefined) {
      if (this.last !== undefined) yield this.last;
      return;
    }
    for (const head of this.byStart.values()) {
      for (let stream: Stream | undefined = head; stream !== undefined; stream = stream.next) yield stream;
    }
  }

  /** Back to no map when one stream is left. */
  private shrink(byStart: ReadonlyMap<number, Stream>): void {
    const [only] = byStart.values();
    if (only?.next !== undefined) return;
    this.last = only;
    this.byStart = undefined;
  }
}

function unchain(byStart: Map<number, Stream>, gone: Stream): void {
  const head = byStart.get(gone.startMs);
  if (head === gone) {
    if (gone.next === undefined) byStart.delete(gone.startMs);
    else byStart.set(gone.startMs, gone.next);
  }
  for (let stream = head; stream !== undefined; stream = stream.next) {
    if (stream.next === gone) stream.next = gone.next;
  }
  gone.next = undefined;
}

function sameBounds(left: readonly number[], right: readonly number[]): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
