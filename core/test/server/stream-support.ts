/** A server with one client stream that answers the lengths of its messages, and real clients for it. */
import { Metadata, type Client, type ClientWritableStream } from '@grpc/grpc-js';
import type { BoundPorts, ClientStreamHandler } from '../../src/contract/server.js';
import { build, grpcClient, settingsOf, type Built, type CallOptions, type CallResult, type Overrides } from './support.js';

let running: Built | undefined;
export const clients: Client[] = [];

export const lengths: ClientStreamHandler = async (messages) => {
  const seen: number[] = [];
  for await (const message of messages) seen.push(message.length);
  return Buffer.from(seen.join());
};

export async function start(overrides: Overrides = {}): Promise<{ servers: Built; ports: BoundPorts }> {
  const servers = build(settingsOf(overrides));
  running = servers;
  servers.grpc.clientStream('/test.Stream/Lengths', 'receiver', lengths);
  return { servers, ports: await servers.listeners.open() };
}

export interface StreamCall {
  readonly stream: ClientWritableStream<Buffer>;
  readonly result: Promise<CallResult>;
}

export function open(port: number, path: string, options: CallOptions = {}): StreamCall {
  const client = grpcClient(port, options);
  clients.push(client);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
  const same = (value: Buffer): Buffer => value;
  let settle: (result: CallResult) => void;
  const result = new Promise<CallResult>((resolve) => (settle = resolve));
  const deadline = Date.now() + 15_000;
  const stream = client.makeClientStreamRequest<Buffer, Buffer>(path, same, same, metadata, { deadline }, (error, body) =>
    settle({ body, error: error ?? undefined }),
  );
  return { stream, result };
}

export async function send(port: number, path: string, bodies: readonly Buffer[], options: CallOptions = {}): Promise<CallResult> {
  const { stream, result } = open(port, path, options);
  for (const body of bodies) stream.write(body);
  stream.end();
  return result;
}

export const inFlight = (servers: Built): number => servers.metrics.value('meterlark_server_in_flight_bytes');
export const streams = (servers: Built): number => servers.metrics.value('meterlark_grpc_streams');
export const codeOf = ({ error }: CallResult): unknown => [error?.code, error?.metadata.get('meterlark-error')[0]];

/** After each test. */
export async function stop(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
}

/** A message as it is on the wire. */
export function frame(body: Buffer, isCompressed = false): Buffer {
  const header = Buffer.alloc(5);
  header[0] = isCompressed ? 1 : 0;
  header.writeUInt32BE(body.length, 1);
  return Buffer.concat([header, body]);
}
