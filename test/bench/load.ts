/**
 * The load generator: gateway pods or applications that push without a pause, each its next request when the last was answered,
 * or so many points a second in all. On node:http2 with frames made beforehand, because a grpc-js client would cost more than the server it measures.
 */
import { connect, type ClientHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { logsExportPath, metricsExportPath, tracesExportPath } from '@meterlark/receiver-otlp';
import { PodFrame } from './frame.js';
import { makeHugeRequest, makeLogRequests } from './log-requests.js';
import { makePayload } from './payload.js';
import { logFields, RecordFrame, spanFields } from './record-frame.js';
import { defaultSpanPayload, makeSpanPayload } from './span-payload.js';

export interface LoadOptions {
  readonly signal: 'metrics' | 'spans' | 'logs';
  readonly services: number;
  readonly instances: number;
  readonly connections: number;
  readonly durationMs: number;
  /** Points or spans of all pods together; absent: as many as the server takes. */
  readonly perSecond?: number;
  /** Also a log line of so many bytes, twice a second. */
  readonly hugeLineBytes?: number;
}

/** MB that a connection may hold: by default no more than one huge line. */
const maxSessionMemory = 100;
const hugeEveryMs = 500;
/** Of a request that the server has no room for. */
const mostTries = 100;
const pauseMs = 100;
/** Of a number that no other frame has. */
const hugeFrame = 1023;

export interface LoadResult {
  readonly requests: number;
  readonly points: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

interface Pod {
  next(): Buffer;
}
interface Pods {
  readonly pods: readonly Pod[];
  readonly pointsPerRequest: number;
  readonly path: string;
}

/** One pod of each instance; each pushes its own request again and again. */
const podsOf: Readonly<Record<LoadOptions['signal'], (options: LoadOptions) => Pods>> = {
  metrics: (options) => {
    const { requests, pointsPerRequest } = makePayload(pushOf(options));
    return { pods: requests.map((request) => new PodFrame(request)), pointsPerRequest, path: metricsExportPath };
  },
  spans: (options) => {
    const { requests, spansPerRequest } = makeSpanPayload({ ...defaultSpanPayload, ...pushOf(options) });
    return { pods: requests.map((request, number) => new RecordFrame(request, number, spanFields)), pointsPerRequest: spansPerRequest, path: tracesExportPath };
  },
  logs: (options) => {
    const { requests, linesPerRequest } = makeLogRequests(pushOf(options));
    return { pods: requests.map((request, number) => new RecordFrame(request, number, logFields)), pointsPerRequest: linesPerRequest, path: logsExportPath };
  },
};

function pushOf({ services, instances }: LoadOptions) {
  return { services, instances, pushes: 1, startMs: Date.now(), intervalMs: 1000 };
}

export class LoadGenerator {
  private readonly load: Pods;
  private readonly huge: RecordFrame | undefined;

  constructor(private readonly options: LoadOptions) {
    this.load = podsOf[options.signal](options);
    const { hugeLineBytes } = options;
    this.huge = hugeLineBytes === undefined ? undefined : new RecordFrame(makeHugeRequest(hugeLineBytes), hugeFrame, logFields);
  }

  async run(port: number): Promise<LoadResult> {
    const { connections, durationMs } = this.options;
    const { pods, pointsPerRequest } = this.load;
    const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`, { maxSessionMemory }));
    const begun = performance.now();
    const until = begun + durationMs;
    const everyMs = this.pauseMs();
    const huge = this.huge === undefined ? undefined : this.push(this.huge, sessions[0]!, { firstMs: begun, everyMs: hugeEveryMs, until });
    const sent = await Promise.all(
      pods.map((pod, index) => {
        const firstMs = begun + (everyMs * index) / pods.length;
        return this.push(pod, sessions[index % connections]!, { firstMs, everyMs, until });
      }),
    );
    const elapsedMs = performance.now() - begun;
    await huge;
    for (const session of sessions) session.close();
    const requests = sent.reduce((total, { requests: one }) => total + one, 0);
    const bytes = sent.reduce((total, { bytes: one }) => total + one, 0);
    return { requests, bytes, points: requests * pointsPerRequest, elapsedMs };
  }

  /** From one request of a pod to its next; 0 for no pause. */
  private pauseMs(): number {
    const { perSecond } = this.options;
    return perSecond === undefined ? 0 : (this.load.pods.length * this.load.pointsPerRequest * 1000) / perSecond;
  }

  private async push(pod: Pod, session: ClientHttp2Session, pace: Pace): Promise<{ requests: number; bytes: number }> {
    let requests = 0;
    let bytes = 0;
    for (let dueMs = pace.firstMs; performance.now() < pace.until && dueMs < pace.until; dueMs += pace.everyMs) {
      const waitMs = dueMs - performance.now();
      if (pace.everyMs > 0 && waitMs > 0) await sleep(waitMs);
      const body = pod.next();
      await unary(session, body, this.load.path);
      requests += 1;
      bytes += body.length - 5;
    }
    return { requests, bytes };
  }
}

/** On the clock of `performance.now`. What comes late is made up for. */
interface Pace {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly until: number;
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

/** Sent again while the server has no room. */
export async function accepted(session: ClientHttp2Session, body: Buffer, path: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await unary(session, body, path);
      return;
    } catch (error) {
      if (tries >= mostTries) throw error;
      await sleep(pauseMs);
    }
  }
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
