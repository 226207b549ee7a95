/**
 * Takes the message of a gRPC call in: counts what arrives, and inflates it. grpc-js shows whole messages only and
 * inflates any number of them at once; its stream and the name of the encoding, which are no public API, let us do both
 * within the bytes in flight. Without the two a message counts once it is whole and inflated.
 */
import { Readable } from 'node:stream';
import { inflated, type BodyRoom } from './http-body.js';

export type Encoding = 'gzip' | 'deflate' | 'identity';

export interface GrpcIntakeOptions extends BodyRoom {
  /** Ends the call; comes once. */
  onRefused(error: unknown): void;
}

export class GrpcIntake {
  private readonly encoding: Encoding;
  private arrived = 0;
  private isCompressed = false;
  private over = false;

  constructor(call: object, private readonly options: GrpcIntakeOptions) {
    const stream = streamOf(call);
    this.encoding = stream === undefined ? 'identity' : takeEncoding(call);
    stream?.on('data', (chunk: Uint8Array) => this.count(chunk));
  }

  /** The message is whole. Gives it inflated; undefined when it was refused, and the call has ended. */
  async message(bytes: Buffer): Promise<Buffer | undefined> {
    if (this.over) return undefined;
    try {
      if (!this.options.lease.resize(bytes.length)) this.options.refuse();
      return await inflated(bytes, this.isCompressed ? this.encoding : 'identity', this.options);
    } catch (error) {
      this.refuse(error);
      return undefined;
    }
  }

  end(): void {
    this.over = true;
    this.options.lease.end();
  }

  private count(chunk: Uint8Array): void {
    if (this.over) return;
    // The first byte of a message tells whether it is compressed.
    if (this.arrived === 0) this.isCompressed = chunk[0] === 1;
    this.arrived += chunk.length;
    try {
      if (!this.options.lease.resize(this.arrived)) this.options.refuse();
    } catch (error) {
      this.refuse(error);
    }
  }

  private refuse(error: unknown): void {
    // A call that its client has left ends without an answer.
    if (!this.over) this.options.onRefused(error);
    this.end();
  }
}

export function streamOf(call: object): Readable | undefined {
  const stream: unknown = 'stream' in call ? call.stream : undefined;
  return stream instanceof Readable ? stream : undefined;
}

/** From here on grpc-js takes the messages for ones that are not compressed. */
export function takeEncoding(call: object): Encoding {
  if (!('incomingEncoding' in call)) return 'identity';
  const encoding = call.incomingEncoding;
  if (encoding !== 'gzip' && encoding !== 'deflate') return 'identity';
  call.incomingEncoding = 'identity';
  return encoding;
}

const headerBytes = 5;

/** Follows the frames of gRPC messages (one byte that says compressed, four of length) through the chunks that they come in. */
export class FrameTally {
  /** Bytes that came and whose message was not taken yet. */
  pendingBytes = 0;
  private readonly flags: { readonly isCompressed: boolean; readonly bytes: number }[] = [];
  private readonly header = Buffer.alloc(headerBytes);
  private headerLength = 0;
  private bodyLeft = 0;

  add(chunk: Uint8Array): void {
    this.pendingBytes += chunk.length;
    for (let at = 0; at < chunk.length;) at += this.bodyLeft > 0 ? this.passBody(chunk.length - at) : this.addToHeader(chunk, at);
  }

  /** Whether the oldest message not taken yet is compressed; it no longer counts. */
  takeFlag(): boolean {
    const first = this.flags.shift();
    if (first === undefined) return false;
    this.pendingBytes -= first.bytes;
    return first.isCompressed;
  }

  private passBody(most: number): number {
    const passed = Math.min(this.bodyLeft, most);
    this.bodyLeft -= passed;
    return passed;
  }

  private addToHeader(chunk: Uint8Array, at: number): number {
    this.header[this.headerLength] = chunk[at] ?? 0;
    this.headerLength += 1;
    if (this.headerLength < headerBytes) return 1;
    this.headerLength = 0;
    this.bodyLeft = this.header.readUInt32BE(1);
    this.flags.push({ isCompressed: this.header[0] === 1, bytes: headerBytes + this.bodyLeft });
    return 1;
  }
}
