/** SkyWalking's messages, by reflection over the committed descriptors. In this folder, so that the bundle finds them, too. */
import { readFileSync } from 'node:fs';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

export function skywalkingType(name: 'SegmentObject' | 'LogData'): protobuf.Type {
  const file = new URL('../fixtures/skywalking.descriptor.json', import.meta.url);
  return protobuf.Root.fromJSON(JSON.parse(readFileSync(file, 'utf8')) as protobuf.INamespace).lookupType(name);
}

export type StreamMethod = '/skywalking.v3.TraceSegmentReportService/collect' | '/skywalking.v3.LogReportService/collect';

/** All messages in one stream, as agents send them. */
export async function sendStream(endpoint: string, method: StreamMethod, messages: readonly Buffer[]): Promise<void> {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure());
  await new Promise<void>((resolve, reject) => {
    const asGiven = (body: Buffer): Buffer => body;
    const done = (error: ServiceError | null): void => (error === null ? resolve() : reject(error));
    const call = client.makeClientStreamRequest(method, asGiven, asGiven, done);
    for (const message of messages) call.write(message);
    call.end();
  });
  client.close();
}
