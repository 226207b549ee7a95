/** Small real servers in front of the fakes, for the SDK's own exporters. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as grpcJs from '@grpc/grpc-js';
import { isMeterlarkError } from '@meterlark/core';
import { RecordingMetrics } from '@meterlark/core/testing';
import { ExportService } from '../../src/export-service.js';
import { ReceiverCounters } from '../../src/receiver-counters.js';
import type { OtlpSignal } from '../../src/signals.js';
import { newInterns } from './captured.js';
import { FakeGrpc, FakeHttp, type FakeSink } from './fakes.js';

export interface RealServers {
  readonly grpcUrl: string;
  readonly httpUrl: string;
  /** Serves the signal into this sink from now on. */
  serve(sink: FakeSink): void;
  stop(): void;
}

function isPermanent(error: unknown): boolean {
  return isMeterlarkError(error) && error.class === 'permanent';
}

export async function startRealServers(signal: OtlpSignal): Promise<RealServers> {
  const grpc = new FakeGrpc();
  const http = new FakeHttp();
  const [grpcServer, httpServer] = [grpcFront(signal, grpc), httpFront(http)];
  const port = await new Promise<number>((resolve, reject) =>
    grpcServer.bindAsync('127.0.0.1:0', grpcJs.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  return {
    grpcUrl: `http://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}${signal.httpPath}`,
    serve: (sink) => {
      http.routes.length = 0;
      const parts = { sink, interns: newInterns(), counters: new ReceiverCounters(new RecordingMetrics(), signal.name) };
      new ExportService(signal, parts, { maxItems: 10_000, maxJsonBodyBytes: 1_000_000 }).serve(grpc, http);
    },
    stop: () => {
      grpcServer.forceShutdown();
      httpServer.close();
      httpServer.closeAllConnections();
    },
  };
}

function grpcFront({ grpcPath }: OtlpSignal, grpc: FakeGrpc): grpcJs.Server {
  const server = new grpcJs.Server();
  const identity = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  const handle = (call: grpcJs.ServerUnaryCall<Buffer, Uint8Array>, done: grpcJs.sendUnaryData<Uint8Array>): void => {
    grpc.call(grpcPath, call.request).then(
      (reply) => done(null, reply),
      (error: unknown) => done({ code: grpcJs.status[isPermanent(error) ? 'INVALID_ARGUMENT' : 'INTERNAL'] }),
    );
  };
  server.register<Buffer, Uint8Array>(grpcPath, handle, identity, identity, 'unary');
  return server;
}

function httpFront(http: FakeHttp): ReturnType<typeof createServer> {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const sent = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      http.post(request.url ?? '', request.headers['content-type'], body).then(
        (reply) => response.writeHead(reply.status, reply.headers).end(reply.body),
        (error: unknown) => response.writeHead(isPermanent(error) ? 400 : 500).end(),
      );
    });
  });
}
