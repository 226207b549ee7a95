/** Messages of gRPC in a stream of bytes: a flag, four bytes of length, the message. */
import { status } from '@grpc/grpc-js';
import { Failure } from './failures.js';

const headBytes = 5;
/** As a real server takes them. */
const maxMessageBytes = 16 * 1024 * 1024;

export class FrameReader {
  private parts: Buffer[] = [];
  private size = 0;
  private wanted = headBytes;

  /** The messages that are whole now. */
  take(chunk: Buffer): Buffer[] {
    this.parts.push(chunk);
    this.size += chunk.length;
    const messages: Buffer[] = [];
    if (this.size < this.wanted) return messages;
    const bytes = this.parts.length === 1 ? chunk : Buffer.concat(this.parts);
    let at = 0;
    this.wanted = wantedAt(bytes, at);
    while (bytes.length - at >= this.wanted) {
      messages.push(bytes.subarray(at + headBytes, at + this.wanted));
      at += this.wanted;
      this.wanted = wantedAt(bytes, at);
    }
    this.parts = [bytes.subarray(at)];
    this.size = bytes.length - at;
    return messages;
  }

  /** Nothing of a message is left over. */
  get isAtBoundary(): boolean {
    return this.size === 0;
  }
}

/** Bytes of the message that begins there, with its head; of the head alone as long as that is not there. */
function wantedAt(bytes: Buffer, at: number): number {
  if (bytes.length - at < headBytes) return headBytes;
  if (bytes[at] !== 0) throw new Failure(status.UNIMPLEMENTED, 'the double does not decompress');
  const length = bytes.readUInt32BE(at + 1);
  if (length > maxMessageBytes) throw new Failure(status.RESOURCE_EXHAUSTED, `grpc: received message larger than max (${length} vs. ${maxMessageBytes})`);
  return headBytes + length;
}

export function framed(messages: readonly Uint8Array[]): Buffer {
  const out = Buffer.allocUnsafe(messages.reduce((sum, { length }) => sum + headBytes + length, 0));
  let at = 0;
  for (const message of messages) {
    out[at] = 0;
    out.writeUInt32BE(message.length, at + 1);
    out.set(message, at + headBytes);
    at += headBytes + message.length;
  }
  return out;
}
