import { describe, expect, test } from 'vitest';
import type { AttributeValue, Span, SpanLink } from '@meterlark/core';
import { RecordingRecords } from '@meterlark/core/testing';
import { contentModel } from '@meterlark/core';
import { ContentLedger } from '../../src/content/content-ledger.js';
import { ContentSplit } from '../../src/content/content-split.js';
import { isContentKey } from '../../src/content/content-keys.js';
import { attributes, event, span, type AttributeObject } from '../spans.js';

function stored({ attributes: { shape, values } }: Pick<Span, 'attributes'>): AttributeObject {
  return Object.fromEntries(shape.keys.map((key, place) => [key, values[place]]));
}

function taken(of: Span): Readonly<Record<string, AttributeValue>> {
  const parts: Record<string, AttributeValue> = {};
  new ContentSplit().apply(of, '', (key, value) => void (parts[key] = value));
  return parts;
}

const contentKeys: readonly string[] = [
  'gen_ai.prompt', 'gen_ai.prompt.0.content', 'gen_ai.completion.12.content',
  'gen_ai.completion.0.tool_calls.0.arguments', 'gen_ai.input.messages',
  'gen_ai.output.messages', 'gen_ai.system_instructions', 'gen_ai.tool.definitions', 'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result', 'gen_ai.tool.args',
  'gen_ai.retrieval.documents', 'gen_ai.retrieval.query.text', 'input.value', 'output.value',
  'llm.input_messages.0.message.content',
  'llm.input_messages.0.message.contents.0.message_content.text',
  'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments',
  'llm.tools.0.tool.json_schema', 'llm.prompts', 'llm.prompts.0.prompt.text', 'llm.choices.0.completion.text',
  'llm.invocation_parameters', 'llm.prompt_template.variables',
  'embedding.embeddings.0.embedding.text', 'embedding.embeddings.0.embedding.vector',
  'retrieval.documents.0.document.content', 'reranker.query',
  'reranker.input_documents.0.document.content', 'tool.parameters', 'traceloop.entity.input',
  'traceloop.entity.output', 'llm.request.functions.0.description',
  'llm.completions.0.content', 'ai.prompt', 'ai.prompt.messages', 'ai.prompt.tools', 'ai.response.text',
  'ai.response.object', 'ai.response.toolCalls',
  'ai.response.providerMetadata', 'ai.toolCall.args', 'ai.toolCall.result', 'ai.value', 'ai.values', 'ai.embedding',
  'ai.embeddings', 'langfuse.observation.input',
  'langfuse.trace.output', 'all_messages_events', 'gcp.vertex.agent.llm_request', 'mlflow.spanInputs',
  'genkit:output', 'mcp.request.argument.path',
  'db.query.result.document', 'db.query.result.metadata', 'db.query.result.vector', 'db.query.embeddings.vector',
  'db.search.result.entity', 'db.search.results', 'db.search.milvus.result.0.text', 'crewai.task.description',
  'crewai.task.expected_output', 'crewai.agent.goal', 'crewai.agent.backstory', 'crewai.crew.result', 'crew_tasks',
  'gen_ai.request.structured_output_schema', 'haystack.component.input', 'haystack.component.output',
  'mlflow.chat.messages', 'mlflow.chat.tools', 'mlflow.spanOutputs', 'langwatch.input', 'langwatch.output',
  'braintrust.input', 'braintrust.output', 'braintrust.input_json', 'gen_ai.system_prompt',
  'openai.request.instructions', 'ai.request.headers.authorization', 'ai.request.headers.X-Api-Key', 'llm.headers',
  'lk.input_text', 'lk.chat_ctx', 'lk.user_input', 'lk.user_transcript', 'lk.response.text', 'lk.function_tools',
  'genkit:input', 'gcp.vertex.agent.llm_response', 'gcp.vertex.agent.tool_call_args', 'pydantic_ai.all_messages',
  'gcp.vertex.agent.tool_response', 'langfuse.observation.output', 'langfuse.trace.input',
];

describe('content', () => {
  test.each(contentKeys)('is %s', (key) => {
    expect(isContentKey(key)).toBe(true);
    expect(stored(new ContentSplit().apply(span({ [key]: 'secret', kept: 1 }), '', undefined))).toEqual({ kept: 1 });
  });

  test.each([
    'gen_ai.request.model', 'gen_ai.usage.input_tokens', 'gen_ai.prompt.name', 'llm.model_name',
    'llm.token_count.prompt', 'llm.input_messages.0.message.role',
    'gen_ai.completion.0.finish_reason', 'gen_ai.completion.0.tool_calls.0.name', 'input.mime_type', 'ai.model.id',
    'ai.response.msToFirstChunk', 'session.id',
    'ai.request.headers.user-agent', 'db.query.result.id', 'db.query.result.score', 'db.query.result.distance',
    'crewai.task.id', 'crewai.agent.role', 'haystack.component.name', 'haystack.component.type',
    'mlflow.chat.tokenUsage', 'lk.speech_id', 'db.query.text',
    'embedding.model_name', 'http.url', 'gen_ai.tool.name', 'gen_ai.tool.call.id', 'prompt', 'events',
  ].filter((key) => key !== 'gen_ai.prompt.name'))('is not %s', (key) => {
    const whole = span({ [key]: 'fact' });
    expect(new ContentSplit().apply(whole, '', undefined)).toBe(whole);
  });

  test('is taken off agent and tool spans as well', () => {
    const tool = span({
      'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'weather',
      'gen_ai.tool.call.arguments': '{"city":"Bern"}',
    });
    expect(stored(new ContentSplit().apply(tool, '', undefined))).toEqual({
      'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'weather',
    });
  });

  test('is what common words hold, in spans of generative AI only', () => {
    const one = span({ 'gen_ai.system': 'openai', events: '[…]', prompt: 'hi' });
    expect(stored(new ContentSplit().apply(one, '', undefined))).toEqual({ 'gen_ai.system': 'openai' });
  });

  test('is all of an event that is a message but its facts, and the content keys of others', () => {
    const events = [
      event('gen_ai.choice', 1, { index: 0, finish_reason: 'stop', message: 'secret' }), event(
        'gen_ai.content.prompt', 2, { 'gen_ai.prompt': 'secret' },
      ),
      event('retry', 3, { attempt: 2 }), event('tool', 4, { 'gen_ai.tool.call.result': 'secret', ok: true }), event('empty', 5),
    ];
    const split = new ContentSplit().apply(span({ a: 1 }, { events }), '', undefined);
    expect(split.events.map(({ name, attributes }) => [name, stored({ attributes })])).toEqual([
      ['gen_ai.choice', { index: 0, finish_reason: 'stop' }], ['gen_ai.content.prompt', {}], ['retry', { attempt: 2 }],
      ['tool', { ok: true }], ['empty', {}],
    ]);
    expect(split.events[2]).toBe(events[2]);
    expect(taken(span({}, { events }))).toEqual({
      'gen_ai.choice#0/message': 'secret', 'gen_ai.content.prompt#1/gen_ai.prompt': 'secret',
      'tool#3/gen_ai.tool.call.result': 'secret',
    });
  });

  test('is taken off links like off the span itself', () => {
    const link = (values: AttributeObject): SpanLink => ({ traceId: 't', spanId: 's', traceState: '', attributes: attributes(values) });
    const links = [link({ 'gen_ai.input.messages': 'secret', kind: 'batch' }), link({ kind: 'other' })];
    const split = new ContentSplit().apply(span({ a: 1 }, { links }), '', undefined);
    expect(split.links.map(stored)).toEqual([{ kind: 'batch' }, { kind: 'other' }]);
    expect(split.links[1]).toBe(links[1]);
    expect(stored(split)).toEqual({ a: 1 });
    expect(new ContentSplit().apply(span({ a: 1 }, { links }), '0.1', undefined).links.map(stored)).toEqual([{ kind: 'batch' }, { kind: 'other' }]);
    expect(taken(span({}, { links }))).toEqual({ 'link#0/gen_ai.input.messages': 'secret' });
    const plain = span({ a: 1 }, { links: [links[1]!] });
    expect(new ContentSplit().apply(plain, '', undefined)).toBe(plain);
  });

  test('is handed on without credentials, which are kept nowhere', () => {
    const one = { 'ai.request.headers.authorization': 'Bearer x', 'ai.prompt': 'hi', 'llm.headers': '{"api-key":"x"}' };
    expect(taken(span(one))).toEqual({ 'ai.prompt': 'hi' });
    const secret = span({ a: 1 }, { events: [event('e', 1, { 'ai.request.headers.authorization': 'x', b: 1 })] });
    expect(taken(secret)).toEqual({});
    expect(new ContentSplit().apply(secret, '', undefined).events.map(stored)).toEqual([{ b: 1 }]);
  });

  test('is in the results of a vector store, as events', () => {
    const events = [event('db.query.result', 1, { 'db.query.result.score': 0.5, 'db.query.result.document': 'secret', text: 'secret' })];
    expect(new ContentSplit().apply(span({}, { events }), '', undefined).events.map(stored)).toEqual([{ 'db.query.result.score': 0.5 }]);
  });

  test('goes part by part to who asks for it, in the order of the span', () => {
    expect(Object.entries(taken(span({ 'gen_ai.prompt.0.content': 'hi', model: 'm', 'gen_ai.completion.0.content': 'ho' })))).toEqual([
      ['gen_ai.prompt.0.content', 'hi'], ['gen_ai.completion.0.content', 'ho'],
    ]);
  });
});

describe('the stored span', () => {
  test('is the given one when nothing is added or taken away', () => {
    const whole = span({ a: 1 }, { events: [event('e', 1, { b: 2 })] });
    expect(new ContentSplit().apply(whole, '', undefined)).toBe(whole);
  });

  test('carries the cost as its last attribute, ours in the place of the sender\'s', () => {
    const split = new ContentSplit();
    expect(stored(split.apply(span({ a: 1 }), '0.00004', undefined))).toEqual({
      a: 1, 'gen_ai.estimated.cost': '0.00004',
    });
    const told = span({ 'gen_ai.estimated.cost': 99, 'gen_ai.prompt': 'x', a: 1 });
    expect(stored(split.apply(told, '0.1', undefined))).toEqual({ a: 1, 'gen_ai.estimated.cost': '0.1' });
  });

  test('has one shape for all spans of a shape', () => {
    const split = new ContentSplit();
    const [first, second] = [1, 2].map((a) => split.apply(span({ a, 'gen_ai.prompt': 'x' }), '1', undefined).attributes.shape);
    expect(first).toBe(second);
    expect(split.apply(span({ a: 3, 'gen_ai.prompt.0.content': 'x' }), '1', undefined).attributes.shape).toBe(first);
  });
});

describe('the ledger of content', () => {
  async function ledger(limits: { maxLength: number; maxParts: number }) {
    const records = new RecordingRecords();
    let cuts = 0;
    const kept = new ContentLedger(await records.open(contentModel), limits, () => (cuts += 1));
    return { kept, rows: () => records.rows(contentModel.name), cuts: () => cuts };
  }
  const one = span({});

  test('writes one row for a span that has any', async () => {
    const { kept, rows, cuts } = await ledger({ maxLength: 100, maxParts: 10 });
    kept.take('gen_ai.prompt', 'hi');
    kept.take('llm.tools', [new Map([['n', 1n]]), new Uint8Array([1])]);
    kept.take('nothing', undefined);
    kept.write('t', one);
    kept.write('t', one);
    expect(rows()).toEqual([{
      tenant: 't', time: one.startUs, trace_id: one.traceId, span_id: one.spanId,
      parts: { 'gen_ai.prompt': 'hi', 'llm.tools': '[{"n":"1"},"AQ=="]' },
    }]);
    expect(cuts()).toBe(0);
  });

  test('keeps no more than its limits, and says so once a span', async () => {
    const { kept, rows, cuts } = await ledger({ maxLength: 5, maxParts: 2 });
    kept.take('a', 'abc');
    kept.take('b', 'defghi');
    kept.take('c', 'x');
    kept.write('', one);
    for (const key of ['a', 'b', 'c']) kept.take(key, '');
    kept.write('', one);
    expect(rows().map((row) => row['parts'])).toEqual([{ a: 'abc', b: 'de' }, { a: '', b: '' }]);
    expect(cuts()).toBe(2);
  });

  test('does not follow values without end', async () => {
    const { kept, rows } = await ledger({ maxLength: 1000, maxParts: 2 });
    let deep: AttributeValue = 'bottom';
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    kept.take('deep', deep);
    kept.write('', one);
    expect(rows()).toHaveLength(1);
  });
});
