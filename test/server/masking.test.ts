/** A secret in everything that a sender can choose, over three protocols' worth of text, against real stores. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  callsModel,
  Commands,
  contentModel,
  facetsModel,
  MetadataReader,
  MetricStream,
  RecordReader,
  RecordStream,
  SchemaInstaller,
  spansModel,
  type CommandResult,
} from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { startServer, storages, temporaryFolder, type RunningServer } from './support.js';

const secret = 'sk-planted0123456789abcdef';
const escaped = secret.replace('p', '\\u0070');
const models = [spansModel, facetsModel, callsModel, contentModel];

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const messages = JSON.stringify([{ role: 'user', content: `my key is ${secret}`, tool_calls: [{ arguments: JSON.stringify({ key: `"${secret}"` }) }] }]);
const attributes = [
  text('plain', secret), text('gen_ai.input.messages', messages), text('llm.input_messages.0.message.content', secret), text('traceloop.entity.input', messages),
  text('ai.prompt', `{"prompt":"${escaped}"}`), text('gen_ai.request.model', 'gpt-4o'), text('gen_ai.response.model', 'gpt-4o'), text('gen_ai.provider.name', 'openai'),
  text('gen_ai.operation.name', 'chat'), text('user.id', secret), text('session.id', `s ${secret}`), text(`header.${secret}`, 'v'), text('error.type', secret),
  { key: 'list', value: { arrayValue: { values: [{ stringValue: secret }] } } },
  { key: 'map', value: { kvlistValue: { values: [text('inner', secret)] } } },
  { key: 'bytes', value: { bytesValue: Buffer.from(secret).toString('base64') } },
];

function traceRequest(): unknown {
  const startTimeUnixNano = `${Date.now() - 2000}000000`;
  const span = {
    traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceState: `v=${secret}`, name: `GET /${secret}`, kind: 2, startTimeUnixNano,
    endTimeUnixNano: `${Date.now() - 1000}000000`, attributes, status: { code: 2, message: `failed for ${secret}` },
    events: [{ timeUnixNano: startTimeUnixNano, name: `event ${secret}`, attributes }],
    links: [{ traceId: 'c3'.repeat(16), spanId: 'd4'.repeat(8), traceState: `l=${secret}`, attributes }],
  };
  const call = { ...span, spanId: 'e5'.repeat(8), parentSpanId: span.spanId, kind: 3, name: `chat ${secret}` };
  const resource = { attributes: [text('service.name', `shop ${secret}`), text('service.instance.id', secret), text('process.command_line', secret)] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: secret, version: secret, attributes }, spans: [span, call] }] }] };
}

function zipkinSpans(): unknown {
  const tags = { plain: secret, 'gen_ai.response.model': 'gpt-4o', 'llm.input_messages.0.message.content': messages };
  const timestamp = (Date.now() - 2000) * 1000;
  return [{
    traceId: 'f6'.repeat(16), id: 'a7'.repeat(8), kind: 'CLIENT', name: `zipkin ${secret}`, timestamp, duration: 1000, tags,
    localEndpoint: { serviceName: `z ${secret}` }, remoteEndpoint: { serviceName: secret }, annotations: [{ timestamp, value: secret }],
  }];
}

function segment(): unknown {
  const startTime = Date.now() - 2000;
  const ref = {
    refType: 'CrossProcess', traceId: 't1', parentTraceSegmentId: 'p1', parentSpanId: 1,
    parentService: secret, parentServiceInstance: secret, parentEndpoint: secret, networkAddressUsedAtPeer: secret,
  };
  const span = {
    spanId: 0, parentSpanId: -1, startTime, endTime: startTime + 5, operationName: `/${secret}`, peer: secret, spanType: 'Entry', spanLayer: 'Http', componentId: 1,
    isError: false, refs: [ref], tags: [{ key: 'plain', value: secret }], logs: [{ time: startTime, data: [{ key: 'event', value: secret }] }],
  };
  return { traceId: 't1', traceSegmentId: 's1', service: `sw ${secret}`, serviceInstance: secret, spans: [span] };
}

const instance = { service: `sw ${secret}`, serviceInstance: secret, properties: [{ key: 'JVM Arguments', value: secret }, { key: secret, value: 'v' }] };

const masking = { rules: [{ name: 'keys', match: { pattern: 'sk-\\w+' }, action: 'replace' }] };

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect(response.status, `${url}: ${await response.text()}`).toBeLessThan(300);
}

async function store(server: RunningServer): Promise<void> {
  await post(`${server.httpUrl}/v1/traces`, traceRequest());
  await post(`http://127.0.0.1:${server.host.ports.extra['receiver/zipkin']}/api/v2/spans`, zipkinSpans());
  await post(`${server.httpUrl}/v3/segment`, segment());
  await post(`${server.httpUrl}/v3/management/reportProperties`, instance);
  await server.host.get(RecordStream).flush();
  await server.host.get(MetricStream).flush();
}

/** All that the store gives back, bytes in base64 as what they are. */
async function stored(server: RunningServer): Promise<string> {
  await server.host.get(SchemaInstaller).install(models);
  const rows = await Promise.all(
    models.map((model) => {
      const range = { tenant: '', fromUs: 0, toUs: (Date.now() + 60_000) * 1000, where: [] };
      return server.host.get(RecordReader).rows({ ...range, model, orderBy: [{ column: 'time', descending: false }], limit: 1000, offset: 0 });
    }),
  );
  const scopes = ['Service', 'ServiceInstance', 'Endpoint'] as const;
  const entities = await Promise.all(scopes.map((scope) => server.host.get(MetadataReader).entities({ tenant: '', scope, limit: 100 })));
  expect(rows[0]).toHaveLength(4);
  expect(entities[1]?.some(({ properties }) => 'JVM Arguments' in properties)).toBe(true);
  return JSON.stringify([rows, entities]);
}

function filesHold(folder: string, needle: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(needle));
}

const tail = secret.slice(3);
const base64 = Buffer.from(secret).toString('base64').slice(0, 24);

const content = { 'analysis/virtual-genai': { content: { capture: true } } };
const withRules = { ...content, 'pipeline/fan-out': { masking } };

function maskCheck(server: RunningServer): Promise<CommandResult> {
  const command = server.host.all(Commands).flat().find(({ name }) => name === 'mask check');
  if (command === undefined) throw new Error('there is no mask check');
  return command.run({ words: [], options: {} });
}

describe.each(storages)('a secret in everything that a sender chooses, on %s', (storage) => {
  test('is nowhere in the store once a rule names it', async () => {
    const dataFolder = temporaryFolder();
    const masked = await startServer({ storage, dataFolder, settings: withRules });
    try {
      await store(masked);
      const all = await stored(masked);
      for (const needle of [tail, base64]) expect(all).not.toContain(needle);
      expect(all).toContain('my key is ***');
      expect(await maskCheck(masked)).toMatchObject({ found: false, json: { findings: [] } });
    } finally {
      await masked.stop();
    }
    expect([tail, base64].flatMap((needle) => filesHold(dataFolder, needle))).toEqual([]);
    rmSync(dataFolder, { recursive: true });
  });

  test('is there without a rule', async () => {
    const open = await startServer({ storage, settings: content });
    try {
      await store(open);
      for (const needle of [tail, base64]) expect(await stored(open)).toContain(needle);
    } finally {
      await open.stop();
    }
  });
});

test('mask check finds, after a rule was added, what was stored before it', async () => {
  const dataFolder = temporaryFolder();
  const before = await startServer({ storage: 'clickhouse', dataFolder, settings: content });
  try {
    await store(before);
  } finally {
    await before.stop();
  }
  const after = await startServer({ storage: 'clickhouse', dataFolder, settings: withRules });
  try {
    const { found, json, text: report } = await maskCheck(after);
    expect(found).toBe(true);
    const { findings } = json as { findings: readonly { model: string; column: string }[] };
    const places = new Set(findings.map(({ model, column }) => `${model}.${column}`));
    const columns = ['name', 'status_message', 'trace_state', 'service', 'instance', 'scope', 'scope_version', 'resource', 'scope_attributes', 'attributes', 'events', 'links'];
    expect([...places]).toEqual(expect.arrayContaining([...columns.map((column) => `spans.${column}`), 'model_calls.user', 'model_call_content.parts']));
    expect(report).not.toContain(tail);
  } finally {
    await after.stop();
  }
  rmSync(dataFolder, { recursive: true });
});
