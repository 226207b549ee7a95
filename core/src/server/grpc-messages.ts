/**
 * The messages of one client stream, one at a time: the next is read when the one before was dealt with. grpc-js's own
 * Readable would read sixteen ahead and tell nobody when one of them is done with.
 */
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Readable } from 'node:stream';
import type { ByteBudget, ByteLease } from './byte-budget.js';
import { serverErrors } from './errors.js';
import { FrameTally, streamOf, takeEncoding, type Encoding } from './grpc-intake.js';
import { inflated, type BodyLimit, type BodyRoom } from './http-body.js';

export interface MessagesRoom {
  readonly limit: BodyLimit;
  readonly budget: ByteBudget;
  /** Throws the refusal for a server that holds too many bytes. */
  readonly refuse: () => never;
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Buffer, undefined>) => void;
  readonly reject: (error: Error) => void;
}

const finished: IteratorResult<Buffer, undefined> = { done: true, value: undefined };

export class GrpcMessages implements AsyncIterable<Buffer> {
  /** What ended the stream before its client did. */
  failure: Error | undefined;
  private readonly stream: Readable | undefined;
  private readonly encoding: Encoding;
  private readonly frames = new FrameTally();
  /** Bytes that came and are no whole message yet. */
  private readonly arriving: ByteLease;
  /** The message that the handler has, and what it inflated to. */
  private readonly current: ByteLease;
  private readonly bodyRoom: BodyRoom;
  private waiting: Waiting | undefined;
  private isHalfClosed = false;
  private isOver = false;

  constructor(
    private readonly call: ServerInterceptingCallInterface,
    private readonly room: MessagesRoom,
  ) {
    this.arriving = room.budget.lease();
    this.current = room.budget.lease();
    this.bodyRoom = { limit: room.limit, lease: this.current, refuse: room.refuse };
    this.stream = streamOf(call);
    this.encoding = this.stream === undefined ? 'identity' : takeEncoding(call);
    this.stream?.on('data', (chunk: Uint8Array) => this.count(chunk));
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    return { next: () => this.next() };
  }

  /** A whole message, as it was sent; comes only after `next` asked for one. */
  async message(bytes: Buffer): Promise<void> {
    if (this.isOver) return;
    const isCompressed = this.frames.takeFlag();
    try {
      this.hold(this.arriving, this.frames.pendingBytes);
      this.hold(this.current, bytes.length);
      const value = await inflated(bytes, isCompressed ? this.encoding : 'identity', this.bodyRoom);
      this.settle((waiting) => waiting.resolve({ done: false, value }));
    } catch (error) {
      this.fail(error instanceof Error ? error : serverErrors.METERLARK_SERVER_INTERNAL({}, error));
    }
  }

  /** The client has sent its last message, or has gone: for grpc-js the two look alike at first. */
  halfClosed(): void {
    if (this.isBroken()) return this.fail(serverErrors.METERLARK_SERVER_CALL_ENDED());
    this.isHalfClosed = true;
    this.settle((waiting) => waiting.resolve(finished));
  }

  /** The handler's next look at the messages throws this. The first reason stays. */
  fail(error: Error): void {
    if (this.isOver || this.failure !== undefined) return;
    this.failure = error;
    this.settle((waiting) => waiting.reject(error));
  }

  /** The call is over, however it went. */
  end(): void {
    this.fail(serverErrors.METERLARK_SERVER_CALL_ENDED());
    this.isOver = true;
    this.arriving.end();
    this.current.end();
  }

  private next(): Promise<IteratorResult<Buffer, undefined>> {
    this.current.resize(0);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.isHalfClosed || this.isOver) return Promise.resolve(finished);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.call.startRead();
    });
  }

  private isBroken(): boolean {
    const { stream } = this;
    // The stream of HTTP/2 closes after both sides have ended, and this server's has not.
    const hasGone = stream !== undefined && (stream.destroyed || ('closed' in stream && stream.closed));
    return hasGone || this.frames.pendingBytes > 0;
  }

  private settle(how: (waiting: Waiting) => void): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }

  private count(chunk: Uint8Array): void {
    if (this.isOver || this.failure !== undefined) return;
    this.frames.add(chunk);
    try {
      this.hold(this.arriving, this.frames.pendingBytes);
    } catch (error) {
      this.fail(error instanceof Error ? error : serverErrors.METERLARK_SERVER_INTERNAL({}, error));
    }
  }

  private hold(lease: ByteLease, bytes: number): void {
    if (!lease.resize(bytes)) this.room.refuse();
  }
}
