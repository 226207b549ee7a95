/** SkyWalking's logs behind the real shared servers: streams that burst, trickle and break, and JSON. */
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, status, type ClientWritableStream, type ServiceError } from '@grpc/grpc-js';
import { defineErrors, defineProvider, PipelineModule, TelemetrySink, type AcceptOutcome, type LogBatch, type ProviderDefinition, type TelemetryBatch } from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import receiver from '@meterlark/receiver-skywalking';
import storage from '@meterlark/storage-memory';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, expect, test } from 'vitest';

const errors = defineErrors({ METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' } });
const descriptor = new URL('../fixtures/skywalking.descriptor.json', import.meta.url);
const codec = protobuf.Root.fromJSON(JSON.parse(readFileSync(descriptor, 'utf8')) as protobuf.INamespace).lookupType('LogData');

class HeldSink implements TelemetrySink {
  readonly batches: LogBatch[] = [];
  isFull = false;
  private heard: (() => void) | undefined;

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.isFull) throw errors.METERLARK_TEST_FULL({ retryDelayMs: 3000 });
    if (batch.signal === 'logs') this.batches.push(batch);
    this.heard?.();
    return { rejected: 0, reason: '' };
  }

  /** Settles with the next batch. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.heard = resolve));
  }

  bodies(): readonly string[] {
    return this.batches.flatMap(({ resources }) => resources.flatMap(({ scopes }) => scopes.flatMap(({ logs }) => logs.map(({ body }) => body))));
  }
}

let sink: HeldSink;
let host: TestHost;
let client: Client;

beforeEach(async () => {
  sink = new HeldSink();
  const pipeline = defineProvider({ module: PipelineModule, name: 'held', config: {}, register: ({ bind }) => bind(TelemetrySink).toValue(sink) });
  const providers = [pipeline, receiver, storage] as unknown as ProviderDefinition<never>[];
  const server = { drainTimeoutMs: 1_000, grpc: { maxMessageBytes: 1_000_000 } };
  host = await startTestHost({ settings: { storage: 'memory', pipeline: 'held', 'server/shared': server }, providers });
  client = new Client(`127.0.0.1:${host.ports.grpc}`, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
});

afterEach(async () => {
  client.close();
  await host.stop();
});

function message(text: string, over: object = {}): Buffer {
  return Buffer.from(codec.encode(codec.fromObject({ timestamp: Date.now(), service: 'shop', body: { text: { text } }, ...over })).finish());
}

interface Stream {
  readonly call: ClientWritableStream<Buffer>;
  readonly answer: Promise<ServiceError | undefined>;
}

function open(): Stream {
  let settle: (answer: ServiceError | undefined) => void;
  const answer = new Promise<ServiceError | undefined>((resolve) => (settle = resolve));
  const same = (body: Buffer): Buffer => body;
  const path = '/skywalking.v3.LogReportService/collect';
  const call = client.makeClientStreamRequest<Buffer, Buffer>(path, same, same, new Metadata(), (error) => settle(error ?? undefined));
  return { call, answer };
}

test('a burst of logs comes in whole and in order, many in a batch', async () => {
  const { call, answer } = open();
  for (let index = 0; index < 5_000; index += 1) call.write(message(`l${index}`));
  call.end();
  expect(await answer).toBeUndefined();
  expect(sink.bodies()).toEqual(Array.from({ length: 5_000 }, (_, index) => `l${index}`));
  expect(sink.batches.length).toBeLessThan(2_500);
});

test('a stream that trickles and never ends is taken as it comes', async () => {
  const { call, answer } = open();
  for (const text of ['one', 'two']) {
    const taken = sink.next();
    call.write(message(text));
    await taken;
  }
  expect(sink.bodies()).toEqual(['one', 'two']);
  call.cancel();
  expect((await answer)?.code).toBe(status.CANCELLED);
});

test('a log that is too large ends its stream, and what came before is kept once', async () => {
  const { call, answer } = open();
  call.write(message('before'));
  call.write(message('x'.repeat(1_100_000)));
  call.write(message('after'));
  call.end();
  expect((await answer)?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(sink.bodies()).toEqual(['before']);
});

test('a stream is told to come again when the pipeline is full', async () => {
  sink.isFull = true;
  const { call, answer } = open();
  call.write(message('a'));
  call.end();
  const error = await answer;
  expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(error?.metadata.get('grpc-status-details-bin')).toHaveLength(1);
  expect(sink.batches).toEqual([]);
});

test('JSON comes in, gzip too, and is refused with what is wrong', async () => {
  const url = `http://127.0.0.1:${host.ports.http}/v3/logs`;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify([{ service: 'shop', body: { json: { json: '{"a":1}' } } }]);
  const plain = await fetch(url, { method: 'POST', headers, body });
  expect([plain.status, await plain.text()]).toEqual([200, '{}']);
  const packed = await fetch(url, { method: 'POST', headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body) });
  expect(packed.status).toBe(200);
  expect(sink.bodies()).toEqual(['{"a":1}', '{"a":1}']);
  const wrong = await fetch(url, { method: 'POST', headers, body: '[{"service": 7}]' });
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('$[0].service')]);
  sink.isFull = true;
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(429);
});
