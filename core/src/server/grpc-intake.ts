/** Counts what has arrived of a gRPC call's message against the bytes in flight. */
import { Readable } from 'node:stream';
import type { ByteBudget, ByteLease } from './byte-budget.js';

/** An inflated message is known when it is whole; until then this many times what has arrived is set aside. */
const inflationGuess = 32;

export interface GrpcIntakeOptions {
  readonly budget: ByteBudget;
  readonly maxMessageBytes: number;
  /** Bytes that are not counted; the health service answers under any load. */
  readonly free: number;
  /** Ends the call; comes once. */
  onRefused(): void;
}

export class GrpcIntake {
  private readonly lease: ByteLease;
  private arrived = 0;
  private over = false;

  constructor(call: object, private readonly options: GrpcIntakeOptions) {
    this.lease = options.budget.lease();
    const factor = isCompressed(call) ? inflationGuess : 1;
    streamOf(call)?.on('data', (chunk: Uint8Array) => {
      if (this.over) return;
      this.arrived += chunk.length;
      this.hold(Math.min(this.arrived * factor, Math.max(this.arrived, options.maxMessageBytes)));
    });
  }

  /** The message is whole; false when there is no room for it, and the call has ended. */
  message(bytes: number): boolean {
    return !this.over && this.hold(Math.max(bytes, this.arrived));
  }

  end(): void {
    this.over = true;
    this.lease.end();
  }

  private hold(bytes: number): boolean {
    if (this.lease.resize(Math.max(0, bytes - this.options.free))) return true;
    this.end();
    this.options.onRefused();
    return false;
  }
}

/** grpc-js hands out whole messages only. The stream below is no public API: without it a message counts once it is whole. */
function streamOf(call: object): Readable | undefined {
  const stream: unknown = 'stream' in call ? call.stream : undefined;
  return stream instanceof Readable ? stream : undefined;
}

function isCompressed(call: object): boolean {
  return 'incomingEncoding' in call && call.incomingEncoding !== 'identity';
}
