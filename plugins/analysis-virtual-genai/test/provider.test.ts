import { AnalyzerModule, LogListeners, only, SourceRules, SourceSink, SpanListeners, StorageModule, StreamModule, type RecordRow } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import provider from '../src/index.js';
import { settings } from '../src/settings.js';
import { origin, span } from './spans.js';
import { started } from './started.js';

const chat = {
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 50, 'gen_ai.usage.cost': 0.00004, 'gen_ai.input.messages': 'my secret',
};

describe('analysis/virtual-genai', () => {
  test('is an analysis that needs the store, the stream and the analyzers, and loads the rules of its layer', async () => {
    expect([provider.module.name, provider.name, provider.requires]).toEqual([
      'analysis', 'virtual-genai', [StorageModule, StreamModule, only(AnalyzerModule, SpanListeners, SourceSink, SourceRules, LogListeners)],
    ]);
    expect((await started()).loaded).toEqual([[['config/rules/source/virtual-genai'], 'VIRTUAL_GENAI']]);
  });

  test('makes of a span a call, its events and entities, and a span with its cost and without its content', async () => {
    const { listen, settle, records, sources, entities, metrics } = await started();
    const one = listen(span(chat));
    expect(one.attributes.shape.keys).not.toContain('gen_ai.input.messages');
    expect(one.attributes.values.at(-1)).toBe('0.00004');
    settle();
    expect(records.rows('model_calls')).toMatchObject([{
      id: '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331', model: 'gpt-4o', total_cost: 40_000_000,
      cost_source: 'provider-reported', input_tokens: 100,
    }]);
    expect(sources.events.map(({ source }) => source)).toEqual([
      'GenAIProviderAccess', 'GenAIModelAccess', 'GenAICallerAccess',
    ]);
    expect(entities.map(({ name }) => name)).toEqual(['openai', 'gpt-4o']);
    expect(metrics.value('meterlark_genai_calls_total', { dialect: 'otel' })).toBe(1);
  });

  test('counts operations that nobody knows, a bounded number of words', async () => {
    const { listen, metrics } = await started();
    for (let place = 0; place < 60; place += 1) listen(span({ ...chat, 'gen_ai.operation.name': `op${place}` }));
    expect(metrics.value('meterlark_genai_unknown_operations_total', { operation: 'op0' })).toBe(1);
    expect(metrics.value('meterlark_genai_unknown_operations_total', { operation: 'other' })).toBe(10);
  });

  test('counts a call once that the application and its gateway saw, with HTTP between', async () => {
    const { listen, settle, records } = await started();
    listen(span(chat, { spanId: 'app' }));
    listen(span({ 'http.request.method': 'POST' }, { spanId: 'post', parentSpanId: 'app' }));
    listen(span(chat, { spanId: 'gate', parentSpanId: 'post' }));
    settle();
    expect(records.rows('model_calls').map((row) => row['span_id'])).toEqual(['gate']);
  });

  test('counts a span that is sent again once, and stores it as before', async () => {
    const { listen, settle, records, metrics } = await started();
    const [first, second] = [listen(span(chat)), listen(span(chat))];
    settle();
    listen(span(chat));
    settle();
    expect(first).toEqual(second);
    expect(records.rows('model_calls')).toHaveLength(1);
    expect(metrics.value('meterlark_genai_calls_passed_over_total', { reason: 'again' })).toBe(2);
  });

  test('counts what waits when it stops', async () => {
    const { listen, stop, records } = await started();
    listen(span(chat));
    await stop();
    expect(records.rows('model_calls')).toHaveLength(1);
  });

  test('counts no call that the ledger held when it started, and waits for the ledger with all of them', async () => {
    let answer: (rows: readonly RecordRow[]) => void = () => undefined;
    const { listen, flush, stop, records, metrics } = await started({}, () => new Promise((resolve) => (answer = resolve)));
    listen(span(chat));
    listen(span(chat, { spanId: 'new' }));
    await Promise.resolve();
    flush();
    expect(records.rows('model_calls')).toEqual([]);
    answer([{ trace_id: span(chat).traceId, span_id: span(chat).spanId, operation: 'chat', model: 'gpt-4o', request_model: 'gpt-4o' }]);
    await stop();
    expect(records.rows('model_calls')).toMatchObject([{ span_id: 'new' }]);
    expect(metrics.value('meterlark_genai_calls_passed_over_total', { reason: 'again' })).toBe(1);
  });

  test('waits for the ledger no longer when someone waits for the calls', async () => {
    const { listen, settle, records } = await started({}, () => new Promise(() => undefined));
    listen(span(chat));
    settle();
    expect(records.rows('model_calls')).toHaveLength(1);
  });

  test('adds nothing for an agent, but takes its content away', async () => {
    const { listen, settle, records, sources } = await started();
    const stored = listen(span({ ...chat, 'gen_ai.operation.name': 'invoke_agent' }));
    settle();
    expect(stored.attributes.shape.keys).toEqual(Object.keys(chat).filter((key) => key !== 'gen_ai.input.messages'));
    expect([records.rows('model_calls'), sources.events]).toEqual([[], []]);
  });

  test('leaves other spans as they are', async () => {
    const { listen } = await started();
    const other = span({ 'http.method': 'GET' });
    expect(listen(other)).toBe(other);
  });

  test('keeps no content, and makes no table for it, unless told to', async () => {
    const { listen, records } = await started();
    listen(span(chat));
    expect(records.models).toEqual(['model_calls']);
  });

  test('keeps content by itself when told to, of every kind of span', async () => {
    const { listen, records } = await started({ content: { capture: true, maxLength: 100, maxParts: 10 } });
    listen(span(chat), origin({ tenant: 't' }));
    listen(span({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.call.arguments': '{}' }));
    listen(span({ 'http.method': 'GET' }));
    expect(records.rows('model_call_content').map(({ tenant, parts }) => [tenant, parts])).toEqual([
      ['t', { 'gen_ai.input.messages': 'my secret' }], ['', { 'gen_ai.tool.call.arguments': '{}' }],
    ]);
  });

  test('has events for the dimensions that the settings name', async () => {
    const { listen, settle, sources } = await started({
      dimensions: { project: ['project.id'] }, metricDimensions: ['user', 'project'],
    });
    listen(span({ ...chat, 'user.id': 'ann', 'session.id': 's' }), origin({ resource: { 'project.id': 'p' } }));
    settle();
    expect(sources.of('GenAIDimensionAccess').map(({ values }) => [values['dimension'], values['value']])).toEqual([['user', 'ann'], ['project', 'p']]);
  });

  test('does not start with metrics of a dimension that nobody declared', async () => {
    await expect(started({ metricDimensions: ['projekt'] })).rejects.toMatchObject({ code: 'METERLARK_GENAI_UNKNOWN_DIMENSION' });
  });

  test('does not start with price files that have faults, and names them all', async () => {
    const pricing = { files: ['nowhere', 'nor-here'], deployments: {} };
    const fault: unknown = await started({ pricing }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'METERLARK_GENAI_PRICES', fields: { count: 2 } });
  });

  test('has room while both streams have', async () => {
    const { listeners, records, fill } = await started();
    expect(listeners[0]?.hasRoom()).toBe(true);
    records.room = false;
    expect(listeners[0]?.hasRoom()).toBe(false);
    records.room = true;
    fill();
    expect(listeners[0]?.hasRoom()).toBe(false);
  });

  test.each<unknown>([
    [], null, 'project', { project: 'project.id' }, { project: [] }, { project: [''] }, { project: [1] },
  ])('refuses %j as dimensions', (value) => {
    const { format } = settings.dimensions as unknown as { format: (value: unknown) => void };
    expect(() => format(value)).toThrow('a map of names');
    expect(() => format({ project: ['project.id'] })).not.toThrow();
  });
});
