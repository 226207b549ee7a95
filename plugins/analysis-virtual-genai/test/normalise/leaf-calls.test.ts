import { describe, expect, test } from 'vitest';
import type { Span } from '@meterlark/core';
import { Normaliser } from '../../src/normalise/normaliser.js';
import { noAttributes, normalise, origin, span, type AttributeObject } from '../spans.js';

const model = {
  'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.output_tokens': 500,
};
const openinference = { 'llm.model_name': 'gpt-4o', 'llm.token_count.prompt': 1000 };
const vercel = { 'ai.model.id': 'gpt-4o', 'ai.model.provider': 'openai.chat', 'ai.usage.inputTokens': 1000 };

function operation(attributes: AttributeObject, change: Partial<Span> = {}): string | undefined {
  return normalise(attributes, change)?.operation;
}

describe('one call to a model', () => {
  test.each([
    ['chat', 'chat'], ['CHAT', 'chat'], ['messages', 'chat'], ['responses', 'chat'], ['completion', 'text_completion'],
    ['text_completion', 'text_completion'],
    ['generate_content', 'generate_content'], ['embeddings', 'embeddings'], ['image_generation', 'image_generation'],
    ['speech', 'speech'],
    ['transcription', 'transcription'], ['translation', 'translation'], ['rerank', 'rerank'], ['acompletion', 'chat'],
    ['chat.completions', 'chat'], ['chat.streaming_completions', 'chat'], ['text.completions', 'text_completion'],
    ['text.streaming_completions', 'text_completion'],
  ])('is the operation %s', (word, name) => {
    expect(operation({ ...model, 'gen_ai.operation.name': word })).toBe(name);
  });

  test.each([['LLM', 'chat'], ['EMBEDDING', 'embeddings'], ['RERANKER', 'rerank']])('is the OpenInference kind %s', (kind, name) => {
    expect(operation({ ...openinference, 'openinference.span.kind': kind })).toBe(name);
  });

  test.each([['completion', 'text_completion'], ['chat', 'chat'], ['embedding', 'embeddings'], ['rerank', 'rerank'], ['unknown', 'chat']])(
    'is the OpenLLMetry request type %s',
    (type, name) => expect(operation({ ...model, 'llm.request.type': type })).toBe(name),
  );

  test.each([
    'ai.generateText.doGenerate', 'ai.streamText.doStream', 'ai.generateObject.doGenerate', 'ai.streamObject.doStream',
  ])('is the inner span %s of the AI SDK', (id) => {
    expect(operation({ ...vercel, 'ai.operationId': id })).toBe('chat');
  });

  test('is what has a response model, when nobody names an operation', () => {
    expect(operation({ 'gen_ai.response.model': 'gpt-4o' })).toBe('chat');
  });

  test('is what has a request model and usage or a failure, when nobody names an operation', () => {
    expect(operation({ 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 5 })).toBe('chat');
    expect(operation({ 'gen_ai.request.model': 'gpt-4o' }, { status: 'error' })).toBe('chat');
  });

  test("has the name of the gateway's span when its kind says no more than LLM", () => {
    const kind = { ...openinference, 'openinference.span.kind': 'LLM' };
    expect(['Completion', 'ImagesResponse', 'AudioSpeech', 'Responses'].map((name) => operation(kind, { name }))).toEqual([
      'text_completion', 'image_generation', 'speech', 'chat',
    ]);
  });
});

describe('no call, whatever usage it rolls up, is', () => {
  test.each([
    'invoke_agent', 'create_agent', 'execute_tool', 'invoke_workflow', 'retrieval', 'agent_step', 'plan',
    'search_memory', 'tokenize', 'count_tokens',
    'responses_input_tokens', 'something.new',
  ])('the operation %s', (word) => {
    expect(operation({ ...model, 'gen_ai.operation.name': word })).toBeUndefined();
  });

  test.each(['AGENT', 'CHAIN', 'TOOL', 'RETRIEVER', 'EVALUATOR', 'GUARDRAIL', 'PROMPT', 'TOKEN_COUNTER', 'UNKNOWN'])('the OpenInference kind %s', (kind) => {
    expect(operation({ ...openinference, 'openinference.span.kind': kind })).toBeUndefined();
  });

  test.each(['workflow', 'task', 'agent', 'tool'])('the OpenLLMetry kind %s', (kind) => {
    expect(operation({ ...model, 'traceloop.span.kind': kind })).toBeUndefined();
  });

  test.each(['ai.generateText', 'ai.streamText', 'ai.generateObject', 'ai.embed', 'ai.embedMany', 'ai.toolCall'])('the outer span %s of the AI SDK', (id) => {
    expect(operation({ ...vercel, 'ai.operationId': id })).toBeUndefined();
  });

  test('a LangSmith retriever or prompt, which it calls "embeddings" and "chat"', () => {
    expect(operation({ ...model, 'gen_ai.operation.name': 'embeddings', 'langsmith.span.kind': 'retriever' })).toBeUndefined();
    expect(operation({ ...model, 'gen_ai.operation.name': 'chat', 'langsmith.span.kind': 'prompt' })).toBeUndefined();
    expect(operation({ ...model, 'gen_ai.operation.name': 'chain', 'langsmith.span.kind': 'chain' })).toBeUndefined();
  });

  test.each(['span', 'agent', 'tool', 'chain', 'event', 'retriever', 'evaluator'])('the Langfuse observation %s', (type) => {
    expect(operation({ ...model, 'langfuse.observation.type': type })).toBeUndefined();
  });

  test('an MCP or tool span', () => {
    expect(operation({ ...model, 'mcp.method.name': 'tools/call' })).toBeUndefined();
    expect(operation({ ...model, 'gen_ai.tool.name': 'weather' })).toBeUndefined();
  });

  test('a span that only asks for a model', () => {
    expect(operation({ 'gen_ai.request.model': 'gpt-4o', 'gen_ai.system': 'openai' })).toBeUndefined();
  });

  test('a SkyWalking span of another layer', () => {
    const segment = { segmentId: 's', spanId: 1, parentSpanId: 0, refs: [], componentId: 0, type: 'Exit', skipAnalysis: false } as const;
    const from = { protocol: 'skywalking' } as const;
    expect(normalise(model, { segment: { ...segment, layer: 'Http' } }, from)).toBeUndefined();
    expect(normalise({ 'gen_ai.request.model': 'gpt-4o' }, { segment: { ...segment, layer: 'GenAI' } }, from)).toBeUndefined();
    expect(normalise({ 'gen_ai.request.model': 'gpt-4o' }, { segment: { ...segment, layer: 'GenAI' }, status: 'error' }, from)?.model).toBe('gpt-4o');
    expect(normalise(model, { segment: { ...segment, layer: 'GenAI', type: 'Local' } }, from)?.model).toBe('gpt-4o');
  });

  test.each<AttributeObject>([{}, { 'http.method': 'GET' }, { 'db.system': 'postgresql', 'server.address': 'db' }, { 'gen_ai.agent.name': 'a' }])(
    'a span with the attributes %j',
    (attributes) => expect(operation(attributes)).toBeUndefined(),
  );
});

describe('an operation that nobody knows', () => {
  const unknown = (attributes: AttributeObject): readonly string[] => {
    const words: string[] = [];
    new Normaliser({ ...noAttributes, onUnknownOperation: (word) => words.push(word) }).normalise(span(attributes), origin());
    return words;
  };

  test('is told of when its span has tokens, cut', () => {
    expect(unknown({ ...model, 'gen_ai.operation.name': 'Something.New' })).toEqual(['something.new']);
    expect(unknown({ ...model, 'gen_ai.operation.name': 'x'.repeat(1000) })).toEqual(['x'.repeat(60)]);
    expect(unknown({ ...model, 'llm.request.type': 'new' })).toEqual(['new']);
  });

  test('is passed over without tokens, or when the span is known to be none', () => {
    const word = { 'gen_ai.operation.name': 'something.new' };
    for (const attributes of [
      { ...word, 'gen_ai.request.model': 'm' }, { ...model, ...word, 'gen_ai.tool.name': 't' },
      { ...model, ...word, 'openinference.span.kind': 'AGENT' }, { ...model, 'gen_ai.operation.name': 'invoke_agent' },
      { ...model, 'gen_ai.operation.name': 5 }, { ...model, 'gen_ai.operation.name': 'chat' },
    ]) expect(unknown(attributes)).toEqual([]);
  });
});
