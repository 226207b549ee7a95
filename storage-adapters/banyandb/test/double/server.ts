/**
 * The gRPC server of the double, on HTTP/2 itself: thousands of rows and answers of a stream pass without work of their own for each,
 * and no code is shared with the client it is asked by.
 */
import { createSecureServer, createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { Answer } from './answer.js';
import { Failure } from './failures.js';
import { FrameReader } from './frames.js';
import { serviceDefinition, serviceNames } from './protocol.js';
import type { Handler } from './registry-services.js';
import type { DataKind } from './rows.js';
import type { World } from './world.js';
import { WriteSession } from './write-session.js';

/** PEM. */
export interface DoubleTls {
  readonly key: string;
  readonly cert: string;
}

interface Method {
  /** null: a write stream. */
  readonly handler: Handler | null;
  readonly kind: DataKind;
  decode(bytes: Buffer): object;
  encode(message: object): Uint8Array;
}

/** What becomes of the messages of a call. */
interface Call {
  take(message: object): void;
  end(): void;
  /** The client is gone before the end. */
  lost(): void;
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(status.INTERNAL, `the double failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

function attempted(answer: Answer, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { code, message } = failureOf(error);
    answer.fail(code, message);
  }
}

function methodsOf(world: World): Map<string, Method> {
  const methods = new Map<string, Method>();
  for (const name of serviceNames) {
    const handlers = world.handlers(name) ?? {};
    const definition = serviceDefinition(name);
    for (const [method, handler] of Object.entries(handlers)) {
      const { requestDeserialize: decode, responseSerialize: encode } = definition[method] ?? {};
      if (decode === undefined || encode === undefined) throw new Error(`${name} has no ${method}`);
      methods.set(`/${name}/${method}`, { handler, kind: name.split('.')[1] as DataKind, decode, encode });
    }
  }
  return methods;
}

function unary(handler: Handler, answer: Answer): Call {
  let request: object | undefined;
  return {
    take: (message) => (request = message),
    lost: () => undefined,
    end: () => {
      if (request === undefined) throw new Failure(status.INTERNAL, 'there is no request');
      answer.write(handler(request));
      answer.end();
    },
  };
}

export class DoubleServer {
  private readonly server: Http2Server;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly methods: ReadonlyMap<string, Method>;

  constructor(private readonly world: World, tls: DoubleTls | undefined) {
    this.methods = methodsOf(world);
    const limits = { maxSessionMemory: 1024, settings: { initialWindowSize: 4 * 1024 * 1024 } };
    this.server = tls === undefined ? createServer(limits) : createSecureServer({ ...limits, key: tls.key, cert: tls.cert });
    this.server.on('session', (session) => this.admit(session));
    this.server.on('stream', (stream, headers) => this.serve(stream, headers));
    // Who speaks something else is disconnected.
    this.server.on('sessionError', () => undefined);
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** At once: connections break, calls under way fail. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const session of this.sessions) session.destroy();
    });
  }

  private admit(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.setLocalWindowSize(16 * 1024 * 1024);
    session.on('close', () => this.sessions.delete(session));
  }

  private serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = headers[':path'] as string;
    const method = this.methods.get(path);
    stream.on('error', () => undefined);
    const answer = new Answer(stream, (message) => method?.encode(message) ?? Buffer.alloc(0));
    if (method === undefined) {
      stream.resume();
      return answer.fail(status.UNIMPLEMENTED, `unknown service or method ${path}`);
    }
    attempted(answer, () => this.read(stream, this.open(path, method, headers, answer), { method, answer }));
    stream.resume();
  }

  private open(path: string, { handler, kind }: Method, headers: IncomingHttpHeaders, answer: Answer): Call {
    this.world.enter(path, headers);
    return handler === null ? new WriteSession(kind, this.world, answer) : unary(handler, answer);
  }

  /** What comes after the answer has ended is let go. */
  private read(stream: ServerHttp2Stream, call: Call, { method, answer }: { method: Method; answer: Answer }): void {
    const attempt = (work: () => void): void => attempted(answer, work);
    const frames = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      if (answer.isEnded) return;
      attempt(() => {
        for (const message of frames.take(chunk)) call.take(method.decode(message));
      });
    });
    let isOver = false;
    stream.on('end', () => {
      if (stream.aborted || stream.rstCode !== 0) return;
      isOver = true;
      attempt(() => {
        if (!frames.isAtBoundary) throw new Failure(status.INTERNAL, 'a message is cut off');
        call.end();
      });
    });
    stream.on('close', () => {
      if (!isOver) call.lost();
    });
  }
}
