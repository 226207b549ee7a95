/** The SkyWalking receiver behind the real shared servers: the unmodified agent for Node.js, and clients that behave badly. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import {
  attributeOf,
  defineErrors,
  defineProvider,
  MetadataReader,
  PipelineModule,
  TelemetrySink,
  type AcceptOutcome,
  type EntityRecord,
  type ProviderDefinition,
  type Span,
  type TelemetryBatch,
} from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import receiver from '@meterlark/receiver-skywalking';
import storage from '@meterlark/storage-memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const errors = defineErrors({ METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' } });
const app = fileURLToPath(new URL('../fixtures/skywalking-app.cjs', import.meta.url));
const captured = (name: string): Buffer => readFileSync(new URL(`../fixtures/skywalking/${name}.bin`, import.meta.url));
const token = 'a-token';
const collect = '/skywalking.v3.TraceSegmentReportService/collect';

class HeldSink implements TelemetrySink {
  batches: TelemetryBatch[] = [];
  isFull = false;

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.isFull) throw errors.METERLARK_TEST_FULL({ retryDelayMs: 3000 });
    this.batches.push(batch);
    return { rejected: 0, reason: '' };
  }

  /** Spans that came so far, with the service and instance of each. */
  spans(): readonly (readonly [string, Span])[] {
    return this.batches.flatMap((batch) =>
      batch.signal !== 'spans'
        ? []
        : batch.resources.flatMap(({ resource, scopes }) => {
            const who = [...resource.attributes.values()].map((value) => (typeof value === 'string' ? value : '')).join('/');
            return scopes.flatMap(({ spans }) => spans.map((span) => [who, span] as const));
          }),
    );
  }
}

let sink: HeldSink;
let host: TestHost;
let client: Client;
let children: ChildProcess[];

beforeEach(async () => {
  sink = new HeldSink();
  children = [];
  const pipeline = defineProvider({ module: PipelineModule, name: 'held', config: {}, register: ({ bind }) => bind(TelemetrySink).toValue(sink) });
  const providers = [pipeline, receiver, storage] as unknown as ProviderDefinition<never>[];
  const server = { receiverToken: token, drainTimeoutMs: 1_000, grpc: { maxMessageBytes: 1_000_000 } };
  const settings = { storage: 'memory', pipeline: 'held', 'server/shared': server, 'stream/minutes': { flushIntervalMs: 100 } };
  host = await startTestHost({ settings, providers });
  client = new Client(`127.0.0.1:${host.ports.grpc}`, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  client.close();
  await host.stop();
});

interface Agent {
  readonly url: string;
  /** What it wrote to its log, which is its output. */
  log(): string;
}

async function startAgent(service: string, environment: Readonly<Record<string, string>> = {}): Promise<Agent> {
  const agent = {
    SW_AGENT_NAME: service,
    SW_AGENT_INSTANCE: `${service}-1`,
    SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${host.ports.grpc}`,
    SW_AGENT_AUTHENTICATION: token,
    SW_AGENT_LOGGING_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, [app], { env: { PATH: process.env['PATH'], ...agent, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  const port = new Promise<string>((resolve) => {
    const read = (text: Buffer): void => {
      output += text.toString();
      const found = /^port (\d+)\n/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  return { url: `http://127.0.0.1:${await port}`, log: () => output.replace(/^port \d+\n/, '') };
}

function entities(scope: EntityRecord['scope']): Promise<readonly EntityRecord[]> {
  return host.get(MetadataReader).entities({ tenant: '', scope, limit: 10 });
}

interface Answer {
  readonly reply: Buffer | undefined;
  readonly error: ServiceError | undefined;
}

interface Stream {
  write(body: Buffer): void;
  end(): void;
  readonly answer: Promise<Answer>;
}

function open(path: string, headers: Readonly<Record<string, string>> = { Authentication: token }): Stream {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const same = (body: Buffer): Buffer => body;
  let settle: (answer: Answer) => void;
  const answer = new Promise<Answer>((resolve) => (settle = resolve));
  const stream = client.makeClientStreamRequest<Buffer, Buffer>(path, same, same, metadata, (error, reply) => settle({ error: error ?? undefined, reply }));
  return { write: (body) => void stream.write(body), end: () => void stream.end(), answer };
}

describe("SkyWalking's agent for Node.js", () => {
  test('is understood: spans of two services that hang together, properties and pings, and it has no complaint', async () => {
    const stock = await startAgent('stock');
    const shop = await startAgent('shop', { NEXT: `${stock.url}/stock/7` });
    expect(await (await fetch(`${shop.url}/order?id=7`)).text()).toBe('done');
    await expect.poll(() => sink.spans().length, { timeout: 15_000 }).toBe(3);

    const byName = (who: string, kind: Span['kind']): Span | undefined => sink.spans().find(([owner, span]) => owner === who && span.kind === kind)?.[1];
    const [entry, exit, called] = [byName('shop/shop-1', 'server'), byName('shop/shop-1', 'client'), byName('stock/stock-1', 'server')];
    expect([entry?.name, exit?.name, called?.name]).toEqual(['GET:/order', '/stock/7', 'GET:/stock/7']);
    expect([entry?.parentSpanId, exit?.parentSpanId, called?.parentSpanId]).toEqual(['', entry?.spanId, exit?.spanId]);
    expect(called?.traceId).toBe(entry?.traceId);
    expect(called?.segment?.refs).toMatchObject([{ type: 'CROSS_PROCESS', parentService: 'shop', parentInstance: 'shop-1', networkAddress: exit?.peer }]);
    expect(entry && attributeOf(entry.attributes, 'http.status_code')).toBe('200');

    await expect.poll(async () => (await entities('ServiceInstance')).length, { timeout: 15_000 }).toBe(2);
    expect((await entities('Service')).map(({ name, layers }) => [name, layers]).sort()).toEqual([['shop', ['GENERAL']], ['stock', ['GENERAL']]]);
    const instance = (await entities('ServiceInstance')).find(({ name }) => name === 'shop-1');
    expect(instance?.properties).toMatchObject({ language: 'NodeJS', 'Process No.': expect.stringMatching(/^\d+$/) });
    expect([stock.log(), shop.log()]).toEqual(['', '']);
  });

  test('is told of errors of its services', async () => {
    const shop = await startAgent('shop');
    expect((await fetch(`${shop.url}/broken`)).status).toBe(500);
    await expect.poll(() => sink.spans().map(([, { name, status: shown }]) => [name, shown]), { timeout: 15_000 }).toEqual([['GET:/broken', 'error']]);
    expect(shop.log()).toBe('');
  });

  test('with a wrong token brings nothing in, and says so', async () => {
    const shop = await startAgent('shop', { SW_AGENT_AUTHENTICATION: 'wrong' });
    await fetch(shop.url);
    await expect.poll(() => shop.log(), { timeout: 15_000 }).toContain('token is missing or wrong');
    expect([sink.batches, await entities('Service')]).toEqual([[], []]);
  });
});

describe('a stream of segments', () => {
  test('that trickles and never ends is taken as it comes, and ended when the server stops', async () => {
    const stream = open(collect);
    for (let sent = 1; sent <= 3; sent += 1) {
      stream.write(captured('shop.segment'));
      await expect.poll(() => sink.batches.length).toBe(sent);
    }
    const report = await host.stop();
    const { error } = await stream.answer;
    expect(error?.code).toBe(status.UNAVAILABLE);
    expect(report).toMatchObject({ faults: [] });
  });

  test('with a segment that is too large ends there, and what came before is kept', async () => {
    const stream = open(collect);
    stream.write(captured('shop.segment'));
    stream.write(Buffer.alloc(1_000_001));
    expect((await stream.answer).error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(sink.batches).toHaveLength(1);
  });

  test('with bytes that are no segment goes on after them', async () => {
    const stream = open(collect);
    for (const body of [Buffer.from('no segment'), captured('shop.segment'), Buffer.alloc(0), captured('stock.segment')]) stream.write(body);
    stream.end();
    expect((await stream.answer).reply).toHaveLength(0);
    expect(sink.batches).toHaveLength(2);
  });

  test('is told to come again when the pipeline is full', async () => {
    sink.isFull = true;
    const stream = open(collect);
    stream.write(captured('shop.segment'));
    const { error } = await stream.answer;
    expect([error?.code, error?.metadata.get('meterlark-error')]).toEqual([status.RESOURCE_EXHAUSTED, ['METERLARK_TEST_FULL']]);
  });

  test.each([{}, { Authentication: 'wrong' }])('without the token is refused: %o', async (headers) => {
    const stream = open(collect, headers);
    stream.write(captured('shop.segment'));
    expect((await stream.answer).error?.code).toBe(status.UNAUTHENTICATED);
    expect(sink.batches).toEqual([]);
  });
});

describe('segments in JSON', () => {
  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${host.ports.http}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', authentication: token, ...headers } });
  const segment = {
    traceId: 't', traceSegmentId: 's', service: 'edge', serviceInstance: 'e-1',
    spans: [{ spanId: 0, parentSpanId: -1, startTime: 1_763_700_000_000, endTime: 1_763_700_000_120, operationName: '/x', spanType: 'Entry', spanLayer: 'Http' }],
  };

  test('come in', async () => {
    const answer = await post('/v3/segment', JSON.stringify(segment));
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
    expect(sink.spans().map(([who, { name }]) => [who, name])).toEqual([['edge/e-1', '/x']]);
  });

  test('are refused with what is wrong, and without the token', async () => {
    const bad = await post('/v3/segments', '[{"traceId": 5}]');
    expect([bad.status, await bad.text()]).toEqual([400, expect.stringContaining('$[0].traceId')]);
    expect((await post('/v3/segment', JSON.stringify(segment), { authentication: 'wrong' })).status).toBe(401);
    expect((await post('/v3/segment', 'x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect(sink.batches).toEqual([]);
  });
});
