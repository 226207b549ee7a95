/** The answer to one call: messages, then a status. What is written in one turn leaves as one piece. */
import type { ServerHttp2Stream } from 'node:http2';
import { status as codes } from '@grpc/grpc-js';
import { framed } from './frames.js';

const headers = { ':status': 200, 'content-type': 'application/grpc' };

function trailersOf(code: codes, details: string): Record<string, string> {
  return { 'grpc-status': String(code), ...(details === '' ? {} : { 'grpc-message': encodeURI(details.toWellFormed()) }) };
}

export class Answer {
  private waiting: Uint8Array[] = [];
  private isScheduled = false;
  private ended = false;

  constructor(private readonly stream: ServerHttp2Stream, private readonly encode: (message: object) => Uint8Array) {}

  get isEnded(): boolean {
    return this.ended;
  }

  write(message: object): void {
    if (this.ended) return;
    this.waiting.push(this.encode(message));
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  end(): void {
    this.finish(codes.OK, '');
  }

  fail(code: codes, details: string): void {
    this.finish(code, details);
  }

  private flush(): void {
    if (this.waiting.length === 0 || this.isGone) return;
    this.open();
    this.stream.write(framed(this.waiting.splice(0)));
  }

  private open(): void {
    if (!this.stream.headersSent) this.stream.respond(headers, { waitForTrailers: true });
  }

  private finish(code: codes, details: string): void {
    if (this.ended || this.isGone) return;
    this.ended = true;
    const trailers = trailersOf(code, details);
    if (this.waiting.length === 0 && !this.stream.headersSent && code !== codes.OK) {
      this.stream.respond({ ...headers, ...trailers }, { endStream: true });
      return;
    }
    this.open();
    this.stream.once('wantTrailers', () => this.stream.sendTrailers(trailers));
    if (this.waiting.length > 0) this.stream.end(framed(this.waiting.splice(0)));
    else this.stream.end();
  }

  private get isGone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }
}
