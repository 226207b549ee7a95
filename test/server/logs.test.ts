/** Issue: logs are kept by rules, found by tag and keyword, and linked to the model call and the trace they tell of. */
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../demo/client.js';
import { callsOf, dayOf, logsOf, settle, tagged, type AskedLog } from './questions.js';
import { accessLog, sendLogs, sendOtlp, type SentLog, type Tags } from './senders.js';
import { eventually, startServer, storages, type RunningServer } from './support.js';

const gateway = { service: 'e2e-ai-gateway', resource: { 'service.layer': 'ENVOY_AI_GATEWAY', 'service.instance.id': 'aigw-1', job_name: 'envoy-ai-gateway' } };
const traceId = '0af7651916cd43dd8448eb211c80319c';

/** Calls that only a log tells of are counted once no span came for a while. */
const joined = (logs: readonly AskedLog[]): boolean => logs.length > 0 && logs.every(({ modelCall }) => modelCall !== null);

describe.each(storages)('on %s', (storage) => {
  let server: RunningServer;
  const nowMs = Math.floor(Date.now() / 60_000) * 60_000;

  beforeAll(async () => {
    server = await startServer({ storage, settings: { 'analysis/virtual-genai': { logJoinMs: 2000 } } });
  });
  afterAll(() => server.stop());

  const logs = (condition: object = {}) => logsOf(server, nowMs, condition);
  const found = (condition: object) =>
    eventually(async () => {
      await settle(server);
      return logs(condition);
    }, joined);

  describe("the gateway's access logs", () => {
    const missing = accessLog({ model: 'nonexistent-model', code: '404', 'x-request-id': 'r-404', upstream_host: '-' }, { timeMs: nowMs });
    const failed = accessLog(
      { model: 'gpt-4.1', code: '503', 'x-request-id': 'r-503', upstream_transport_failure_reason: 'remote_connection_failure' },
      { timeMs: nowMs + 1, traceId, spanId: 'b7ad6b7169203331' },
    );
    const large = accessLog(
      { model: 'gpt-4o', 'x-request-id': 'r-big', 'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.usage.input_tokens': '11000', 'gen_ai.usage.output_tokens': '1000' },
      { timeMs: nowMs + 2 },
    );
    const ordinary = accessLog(
      { model: 'gpt-4o-mini', 'x-request-id': 'r-ok', 'gen_ai.response.model': 'gpt-4o-mini', 'gen_ai.usage.input_tokens': '10', 'gen_ai.usage.output_tokens': '5' },
      { timeMs: nowMs + 3 },
    );

    beforeAll(async () => {
      await sendLogs(server, gateway, [missing, failed, large, ordinary]);
      await sendOtlp(server, { service: 'shop' }, [{ traceId, spanId: 'b7ad6b7169203331', name: 'POST /ask', kind: 'server', startMs: nowMs, attributes: {} }]);
      await settle(server);
    });

    test('of a model that does not exist is found by tag and by keyword, with its own call, which owes nothing', async () => {
      for (const condition of [tagged({ ai_route_type: 'llm', response_code: '404' }), tagged({ 'gen_ai.request.model': 'nonexistent-model' }), { keywordsOfContent: ['nonexistent-model 404'] }]) {
        const [log, ...others] = await found(condition);
        expect(others).toEqual([]);
        expect(log).toMatchObject({ serviceName: 'e2e-ai-gateway', serviceInstanceName: 'aigw-1', endpointName: null, traceId: null, contentType: 'TEXT', layer: 'ENVOY_AI_GATEWAY', trace: null });
        expect(log!.tags).toMatchObject({ ai_route_type: 'llm', response_code: '404', 'gen_ai.request.model': 'nonexistent-model' });
        expect(log!.modelCall).toMatchObject({ dialect: 'gateway-log', model: 'nonexistent-model', status: 'error', errorType: '404', endState: 'upstream-failed', cost: { source: 'none', totalUsd: null } });
        expect(log!.modelCall!.tokens).toEqual({ input: null, cacheRead: null, output: null, reasoning: null });
      }
    });

    test('of a failure upstream is found by tag and by keyword, with its call and its trace', async () => {
      for (const condition of [tagged({ response_code: '503' }), { keywordsOfContent: ['gpt-4.1 503'] }, { relatedTrace: { traceId } }]) {
        const [log, ...others] = await found(condition);
        expect(others).toEqual([]);
        expect(log).toMatchObject({ traceId, spanId: 'b7ad6b7169203331', trace: { spans: [{ endpointName: 'POST /ask' }] } });
        expect(log!.modelCall).toMatchObject({ traceId, model: 'gpt-4.1', status: 'error', cost: { source: 'none' } });
      }
    });

    test('of a call of 12,000 tokens is found by tag and by keyword, with its call, whose cost is an estimate', async () => {
      for (const condition of [tagged({ 'gen_ai.response.model': 'gpt-4o-2024-08-06' }), { keywordsOfContent: ['11000 1000'], excludingKeywordsOfContent: ['404'] }]) {
        const [log, ...others] = await found(condition);
        expect(others).toEqual([]);
        expect(log!.modelCall).toMatchObject({ model: 'gpt-4o-2024-08-06', status: 'ok', tokens: { input: 11_000, output: 1000 } });
        // 11,000 at 2.50 and 1,000 at 10.00 USD a million.
        expect(log!.modelCall!.cost).toEqual({ source: 'estimated', totalUsd: '0.0375' });
      }
    });

    test('of an ordinary success is sampled away, but its call is counted', async () => {
      await found(tagged({ response_code: '404' }));
      expect(await logs({ keywordsOfContent: ['gpt-4o-mini'] })).toEqual([]);
      const calls = await eventually(
        async () => {
          await settle(server);
          return callsOf(server, nowMs, { service: 'e2e-ai-gateway' });
        },
        (all) => all.length >= 4,
      );
      expect(calls.map(({ model }) => model).sort()).toEqual(['gpt-4.1', 'gpt-4o-2024-08-06', 'gpt-4o-mini', 'nonexistent-model']);
    });

    test('the newest come first unless asked otherwise, and pages are plain offsets', async () => {
      const ask = async (more: object): Promise<readonly string[]> =>
        (await logs({ ...tagged({ ai_route_type: 'llm' }), ...more })).map(({ tags }) => tags['x-request-id']!);
      expect(await ask({})).toEqual(['r-big', 'r-503', 'r-404']);
      expect(await ask({ queryOrder: 'ASC', paging: { pageNum: 2, pageSize: 1 } })).toEqual(['r-503']);
      expect(await ask({ paging: { pageNum: 4, pageSize: 1 } })).toEqual([]);
    });
  });

  test('a call that its span tells of too is counted once, whichever comes first, and its log links to the call of the span', async () => {
    const service = 'joined-gateway';
    const sender = { ...gateway, service };
    const usage: Tags = { 'gen_ai.response.model': 'gpt-4.1', 'gen_ai.usage.input_tokens': '12000', 'gen_ai.usage.output_tokens': '7' };
    const span = (trace: string, id: string, startMs: number, more: Tags = {}) => ({
      traceId: trace, spanId: id, startMs, attributes: {
        'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4.1', 'gen_ai.response.model': 'gpt-4.1',
        'gen_ai.usage.input_tokens': 12_000, 'gen_ai.usage.output_tokens': 7, 'gen_ai.usage.cache_read.input_tokens': 4000, ...more,
      },
    });
    const log = (timeMs: number, id: string, line: Partial<SentLog> = {}): SentLog => accessLog({ model: 'gpt-4.1', 'x-request-id': id, ...usage }, { timeMs, ...line });
    const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];
    const spans = { service, scope: 'envoyproxy/ai-gateway' };
    // By trace, the log first; by request id, the span first; by what they say, neither naming an id.
    await sendLogs(server, sender, [log(nowMs + 100, 'j-1', { traceId: first, spanId: 'e'.repeat(16) })]);
    await sendOtlp(server, spans, [span(first, 'a1'.repeat(8), nowMs + 150)]);
    await sendOtlp(server, spans, [span(second, 'a2'.repeat(8), nowMs + 20_150, { 'http.request.header.x-request-id': 'j-2' })]);
    await sendLogs(server, sender, [log(nowMs + 20_100, 'j-2'), log(nowMs + 40_100, 'j-3')]);
    await sendOtlp(server, spans, [span(third, 'a3'.repeat(8), nowMs + 40_150)]);
    const linked = await found(tagged({ 'gen_ai.request.model': 'gpt-4.1', 'gen_ai.response.model': 'gpt-4.1' }));
    expect(linked.map(({ tags, modelCall }) => [tags['x-request-id'], modelCall!.traceId, modelCall!.dialect, modelCall!.cost.source])).toEqual([
      ['j-3', third, 'otel', 'computed'], ['j-2', second, 'otel', 'computed'], ['j-1', first, 'otel', 'computed'],
    ]);
    expect(await callsOf(server, nowMs, { service })).toHaveLength(3);
  });

  describe('of applications', () => {
    const exporters: readonly (readonly [string, (running: RunningServer) => LogRecordExporter])[] = [
      ['gRPC', ({ grpcUrl }) => new GrpcLogExporter({ url: grpcUrl })],
      ['HTTP/protobuf', ({ httpUrl }) => new ProtoLogExporter({ url: `${httpUrl}/v1/logs` })],
      ['HTTP/JSON', ({ httpUrl }) => new JsonLogExporter({ url: `${httpUrl}/v1/logs` })],
    ];

    test.each(exporters)("OpenTelemetry's SDK over %s: body, severity and attributes are kept and found", async (protocol, make) => {
      const service = `app-${protocol}`;
      const provider = new LoggerProvider({ resource: resourceFromAttributes({ 'service.name': service }), processors: [new BatchLogRecordProcessor(make(server))] });
      provider.getLogger('checkout').emit({ timestamp: new Date(nowMs), severityNumber: SeverityNumber.ERROR, severityText: 'ERROR', body: 'card was declined', attributes: { 'user.id': 'u1', attempt: 2 } });
      provider.getLogger('checkout').emit({ timestamp: new Date(nowMs), severityNumber: SeverityNumber.INFO, body: { order: 17, items: ['a', 'b'] } });
      await provider.shutdown();
      await settle(server);
      const serviceId = `${Buffer.from(service).toString('base64')}.1`;
      const [declined] = await logs({ serviceId, keywordsOfContent: ['declined'] });
      expect(declined).toMatchObject({ severity: 'ERROR', contentType: 'TEXT', content: 'card was declined', layer: 'GENERAL', modelCall: null });
      expect(declined!.tags).toEqual({ 'user.id': 'u1', attempt: '2', level: 'ERROR' });
      const [order] = await logs({ serviceId, ...tagged({ level: 'INFO' }) });
      expect([order!.contentType, JSON.parse(order!.content)]).toEqual(['JSON', { order: 17, items: ['a', 'b'] }]);
    });

    test('tags complete from what was seen', async () => {
      const query = 'query ($d: Duration!) { queryLogTagAutocompleteKeys(duration: $d) queryLogTagAutocompleteValues(tagKey: "level", duration: $d) supportQueryLogsByKeywords }';
      await sendLogs(server, { service: 'app' }, [{ timeMs: nowMs, severity: 'WARN', body: 'disk is filling' }]);
      await settle(server);
      const answer = await graphql<Record<string, readonly string[]>>(server.httpUrl, query, { d: dayOf(nowMs) });
      expect(answer['queryLogTagAutocompleteKeys']).toContain('level');
      expect(answer['queryLogTagAutocompleteValues']).toContain('WARN');
      expect(answer['supportQueryLogsByKeywords']).toBe(true);
    });
  });
});

test('a line of 10 MB is cut with the reason, and a rule with a catastrophic pattern holds up nobody', async () => {
  const server = await startServer({ storage: 'memory' });
  const nowMs = Date.now();
  try {
    const provider = new LoggerProvider({ resource: resourceFromAttributes({ 'service.name': 'noisy' }), processors: [new BatchLogRecordProcessor(new GrpcLogExporter({ url: server.grpcUrl }))] });
    provider.getLogger('').emit({ timestamp: new Date(nowMs), body: `head ${'x'.repeat(10_000_000)}` });
    provider.getLogger('').emit({ timestamp: new Date(nowMs + 1), body: 'short' });
    await provider.shutdown();
    await settle(server);
    const [short, long] = await logsOf(server, nowMs, {});
    expect(short!.content).toBe('short');
    expect(long!.content.length).toBeLessThan(200_000);
    expect(long!.tags['log.body.truncated']).toBe('10000005');
    const dsl = "filter { text { regexp '(?<all>(a+)+)+$' } sink {} }";
    const query = 'query ($r: LogTestRequest!) { test(requests: $r) { log { content } } }';
    const log = JSON.stringify({ service: 'x', timestamp: nowMs, body: { text: { text: `${'a'.repeat(50_000)}!` } } });
    await expect(graphql(server.httpUrl, query, { r: { dsl, log } })).resolves.toEqual({ test: { log: null } });
  } finally {
    await server.stop();
  }
});
