/**
 * The load generator: gateway pods that push without a pause, each its next request when the last was answered. On
 * node:http2 with frames made beforehand, because a grpc-js client would cost more than the server it measures.
 */
import { connect, type ClientHttp2Session } from 'node:http2';
import { metricsExportPath } from '@meterlark/receiver-otlp';
import { makePayload } from './payload.js';

export interface LoadOptions {
  readonly services: number;
  readonly instances: number;
  readonly connections: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly points: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** After these a pod restarts: a later start time, counts from the beginning. */
const pushes = 12;
const startMs = Date.UTC(2026, 0, 1);
const intervalMs = 1000;

/** One pod's requests, framed, with the places of their times. */
interface Pod {
  readonly frames: readonly Frame[];
  startNanos: bigint;
  next: number;
}

interface Frame {
  readonly bytes: Buffer;
  readonly times: readonly number[];
  readonly starts: readonly number[];
}

export class LoadGenerator {
  private readonly pods: readonly Pod[];
  private readonly pointsPerRequest: number;

  constructor(private readonly options: LoadOptions) {
    const { services, instances } = options;
    const count = services * instances;
    const { requests, pointsPerRequest } = makePayload({ services, instances, pushes, startMs, intervalMs });
    this.pointsPerRequest = pointsPerRequest;
    const framesOf = (pod: number): Frame[] => Array.from({ length: pushes }, (_, push) => frame(requests[push * count + pod]!, push));
    this.pods = Array.from({ length: count }, (_, pod) => ({ frames: framesOf(pod), startNanos: 0n, next: 0 }));
  }

  async run(port: number): Promise<LoadResult> {
    const { connections, durationMs } = this.options;
    const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`));
    const begun = performance.now();
    const until = begun + durationMs;
    const sent = await Promise.all(this.pods.map((pod, index) => this.push(pod, sessions[index % connections]!, until)));
    const elapsedMs = performance.now() - begun;
    for (const session of sessions) session.close();
    const requests = sent.reduce((total, { requests: one }) => total + one, 0);
    const bytes = sent.reduce((total, { bytes: one }) => total + one, 0);
    return { requests, bytes, points: requests * this.pointsPerRequest, elapsedMs };
  }

  private async push(pod: Pod, session: ClientHttp2Session, until: number): Promise<{ requests: number; bytes: number }> {
    let requests = 0;
    let bytes = 0;
    while (performance.now() < until) {
      const body = nextFrame(pod);
      await unary(session, body);
      requests += 1;
      bytes += body.length - 5;
    }
    return { requests, bytes };
  }
}

/** Stamped with the present, so that all points belong to the running minute and none is too old. */
function nextFrame(pod: Pod): Buffer {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  const { bytes, times, starts } = pod.frames[pod.next % pushes]!;
  if (pod.next % pushes === 0) pod.startNanos = now - 1000n;
  pod.next += 1;
  for (const place of times) bytes.writeBigUInt64LE(now, place);
  for (const place of starts) bytes.writeBigUInt64LE(pod.startNanos, place);
  return bytes;
}

function frame(message: Buffer, push: number): Frame {
  const bytes = Buffer.concat([Buffer.alloc(5), message]);
  bytes.writeUInt32BE(message.length, 1);
  const nanos = (milliseconds: number): Buffer => {
    const text = Buffer.alloc(8);
    text.writeBigUInt64LE(BigInt(milliseconds) * 1_000_000n);
    return text;
  };
  return { bytes, times: placesOf(bytes, nanos(startMs + push * intervalMs)), starts: placesOf(bytes, nanos(startMs - intervalMs)) };
}

function placesOf(bytes: Buffer, value: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(value); at >= 0; at = bytes.indexOf(value, at + 8)) places.push(at);
  return places;
}

/** Rejects unless the server answers OK without a rejection. */
export function unary(session: ClientHttp2Session, body: Buffer, path = metricsExportPath): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
    let status: unknown;
    let answered = 0;
    const take = (headers: Record<string, unknown>): void => void (status = headers['grpc-status'] ?? status);
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('data', (chunk: Buffer) => (answered += chunk.length));
    stream.on('error', reject);
    stream.on('end', () => {
      // An answer longer than its frame is a partial success: points were rejected.
      if (status === '0' && answered === 5) resolve();
      else reject(new Error(`export answered grpc-status ${String(status)} with ${answered} bytes`));
    });
    stream.end(body);
  });
}

/** Role of a process of its own: makes its requests, says so, and runs whenever it is told the port. */
export function serveLoad(argument: string): void {
  const options = JSON.parse(argument) as LoadOptions;
  const generator = new LoadGenerator(options);
  process.on('message', (message) => {
    if (typeof message !== 'object' || message === null) return;
    void generator.run((message as { port: number }).port).then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  // The probe lets go of the channel; here it is what the process lives for.
  process.channel?.ref();
  console.log('ready');
}
