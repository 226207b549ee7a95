/**
 * A pod's export as a gRPC frame that can be pushed again and again: at every push its times become the present and its
 * counts grow, in place. Encoding a message anew would cost the load generator more than the server takes to read it.
 */

/** Places in the frame of what changes, with the values of the first push. */
interface Places {
  readonly starts: number[];
  readonly times: number[];
  readonly counts: (readonly [place: number, value: number])[];
  readonly sums: (readonly [place: number, value: number])[];
}

/** resource_metrics, scope_metrics, metrics, histogram, data_points. */
const pathToPoints: readonly number[] = [1, 2, 2, 9, 1];
const field = { start: 2, time: 3, count: 4, sum: 5, bucketCounts: 6 } as const;

export class PodFrame {
  private readonly bytes: Buffer;
  private readonly places: Places = { starts: [], times: [], counts: [], sums: [] };
  private pushes = 0;

  /** `message`: an ExportMetricsServiceRequest of cumulative histograms, as the pod's first push. */
  constructor(message: Buffer) {
    this.bytes = frameOf(message);
    walk(this.bytes, { from: 5, to: this.bytes.length, depth: 0 }, this.places);
  }

  /** The next push; the same buffer every time, so only when the last one has been answered. */
  next(): Buffer {
    const { bytes, places } = this;
    const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
    if (this.pushes === 0) for (const place of places.starts) bytes.writeBigUInt64LE(now - 1000n, place);
    this.pushes += 1;
    for (const place of places.times) bytes.writeBigUInt64LE(now, place);
    for (const [place, value] of places.counts) bytes.writeUInt32LE(value * this.pushes, place);
    for (const [place, value] of places.sums) bytes.writeDoubleLE(value * this.pushes, place);
    return bytes;
  }
}

export function frameOf(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

interface Span {
  readonly from: number;
  readonly to: number;
  /** How many steps of the path have been taken. */
  readonly depth: number;
}

function walk(bytes: Buffer, { from, to, depth }: Span, places: Places): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const number = tag >>> 3;
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 1) {
      if (depth === pathToPoints.length) note(bytes, { number, at }, places);
      at += 8;
    } else {
      const end = varint() + at;
      if (depth < pathToPoints.length && number === pathToPoints[depth]) walk(bytes, { from: at, to: end, depth: depth + 1 }, places);
      if (depth === pathToPoints.length && number === field.bucketCounts) noteCounts(bytes, at, end, places);
      at = end;
    }
  }
}

function note(bytes: Buffer, { number, at }: { readonly number: number; readonly at: number }, places: Places): void {
  if (number === field.start) places.starts.push(at);
  if (number === field.time) places.times.push(at);
  if (number === field.count) places.counts.push([at, bytes.readUInt32LE(at)]);
  if (number === field.sum) places.sums.push([at, bytes.readDoubleLE(at)]);
}

function noteCounts(bytes: Buffer, from: number, to: number, places: Places): void {
  for (let place = from; place < to; place += 8) {
    const value = bytes.readUInt32LE(place);
    if (value > 0) places.counts.push([place, value]);
  }
}
