import { describe, expect, test } from 'vitest';
import { call, event, normalise, noAttributes, origin, span, type AttributeObject } from '../spans.js';
import { Normaliser } from '../../src/normalise/normaliser.js';

const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };
const provider = (attributes: AttributeObject): string => call({ 'gen_ai.operation.name': 'chat', ...attributes }).provider;

describe('the provider', () => {
  test.each([
    ['OpenAI', 'openai'], ['openai.chat', 'openai'], ['openai.responses', 'openai'],
    ['az.ai.openai', 'azure.ai.openai'], ['azure', 'azure.ai.openai'],
    ['azure.openai', 'azure.ai.openai'], ['azure-openai.chat', 'azure.ai.openai'], ['AWS', 'aws.bedrock'],
    ['bedrock', 'aws.bedrock'],
    ['amazon-bedrock', 'aws.bedrock'], ['aws.anthropic', 'aws.bedrock'], ['google', 'gcp.gemini'],
    ['google.generative-ai', 'gcp.gemini'], ['gemini', 'gcp.gemini'],
    ['vertex_ai', 'gcp.vertex_ai'], ['google.vertex.chat', 'gcp.vertex_ai'], ['gcp.anthropic', 'gcp.vertex_ai'],
    ['xai', 'x_ai'], ['xai.chat', 'x_ai'],
    ['mistral', 'mistral_ai'], ['mistralai', 'mistral_ai'], ['anthropic.messages', 'anthropic'], ['vLLM', 'vllm'],
    ['MyOwn', 'myown'],
  ])('%s is %s', (word, name) => {
    expect(provider({ 'gen_ai.provider.name': word })).toBe(name);
  });

  test.each(['langchain', 'unknown', '_OTHER', '', ' ', 'default/my-backend/route/r1/rule/0/ref/0'])('is told by the model when the sender says %j', (word) => {
    expect(provider({ 'gen_ai.provider.name': word, 'gen_ai.request.model': 'gpt-4o' })).toBe('openai');
  });

  test('is the next one told, when the first is a library', () => {
    expect(provider({ 'gen_ai.provider.name': 'langchain', 'gen_ai.system': 'Anthropic' })).toBe('anthropic');
  });

  test('is unknown when neither word nor model tells', () => {
    expect(provider({ 'gen_ai.request.model': 'mine' })).toBe('unknown');
  });
});

describe('the id of the request', () => {
  const header = 'http.request.header.x-request-id';

  test.each<readonly [string, AttributeObject, string]>([
    ['an attribute', { 'x-request-id': 'r-1' }, 'r-1'],
    ['the first of a header', { [header]: ['r-1', 'r-2'] }, 'r-1'],
    ['the first of a header as JSON', { [header]: '["r-1","r-2"]' }, 'r-1'],
    ['the first key that has one', { 'x-request-id': '', [header]: ['r-2'] }, 'r-2'],
    ['not what stands for nothing', { 'x-request-id': '-', [header]: 'r-2' }, 'r-2'],
    ['no empty header', { [header]: [] }, ''],
    ['no other key', { 'x-request': 'r-1' }, ''],
  ])('is %s', (_, attributes, id) => expect(call({ ...chat, ...attributes }).requestId).toBe(id));

  test('is not that of a resource', () => {
    expect(new Normaliser(noAttributes).normalise(span(chat), origin({ resource: { 'x-request-id': 'r' } }))?.requestId).toBe('');
  });
});

describe('the model', () => {
  test('is that of the response, else of the request, else unknown', () => {
    expect(call({ ...chat, 'gen_ai.response.model': 'm-1' })).toMatchObject({
      model: 'm-1', requestModel: 'm', responseModel: 'm-1',
    });
    expect(call(chat)).toMatchObject({ model: 'm', requestModel: 'm', responseModel: '' });
    expect(call({ 'gen_ai.operation.name': 'chat' }).model).toBe('unknown');
  });

  test('is what follows the last slash of an ARN', () => {
    const arn = 'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const asked = 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2';
    expect(call({ ...chat, 'gen_ai.request.model': asked, 'gen_ai.response.model': arn })).toMatchObject({
      model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', requestModel: 'anthropic.claude-v2',
    });
    expect(call({ ...chat, 'gen_ai.request.model': 'openai/gpt-4o' }).model).toBe('openai/gpt-4o');
  });

  test('is cut at 200 characters, never within one', () => {
    expect(call({ ...chat, 'gen_ai.response.model': 'x'.repeat(1_000_000) }).model).toHaveLength(200);
    expect(call({ ...chat, 'gen_ai.response.model': `${'x'.repeat(199)}😀` }).model).toBe('x'.repeat(199));
  });
});

describe('a call fails', () => {
  test('by its status, error type, tag, HTTP status or finish reason', () => {
    const cases = [
      call(chat, { status: 'error' }), call({ ...chat, 'error.type': 'timeout' }), call({ ...chat, error: 'true' }), call({ ...chat, error: 'boom' }),
      call({ ...chat, 'http.response.status_code': 429 }), call({
        ...chat, 'gen_ai.response.finish_reasons': ['error'],
      }),
    ];
    expect(cases.map(({ status, errorType, end }) => [status, errorType, end])).toEqual([
      ['error', '_OTHER', 'upstream-failed'], ['error', 'timeout', 'upstream-failed'],
      ['error', '_OTHER', 'upstream-failed'],
      ['error', '_OTHER', 'upstream-failed'], ['error', '429', 'upstream-failed'],
      ['error', 'error', 'upstream-failed'],
    ]);
  });

  test('not by an error tag that says false, 0 or nothing', () => {
    expect([false, 'false', 'FALSE', '0', ''].map((error) => call({ ...chat, error }).status)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  test('with the type of its last exception, of any protocol', () => {
    const events = [
      event('exception', 1, { 'exception.type': 'First' }),
      event('exception', 2, { 'exception.type': 'RateLimitError' }),
    ];
    expect(call(chat, { status: 'error', events }).errorType).toBe('RateLimitError');
    expect(call(chat, { status: 'error', events: [event('log', 1, { 'error.kind': 'java.io.IOException' })] }).errorType).toBe('java.io.IOException');
  });

  test('without a response model against the model it asked for', () => {
    const failed = call(
      {
        'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
        'error.type': '429',
      },
      { status: 'error' },
    );
    expect(failed).toMatchObject({
      provider: 'openai', model: 'gpt-4o', status: 'error', errorType: '429', end: 'upstream-failed',
    });
  });

  test('against the model asked for with OpenInference of the gateway, too', () => {
    const failed = call({ 'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt-4o' }, {
      name: 'ChatCompletion', status: 'error',
      events: [event('exception', 5, { 'exception.type': 'RateLimitError', 'exception.message': '429' })],
    });
    expect(failed).toMatchObject({ model: 'gpt-4o', status: 'error', errorType: 'RateLimitError' });
  });
});

describe('a call ends', () => {
  test('client-aborted when it was cancelled', () => {
    expect(call({ ...chat, 'error.type': 'context canceled' }).end).toBe('client-aborted');
    expect(call(chat, { status: 'error', statusMessage: 'Request was aborted.' }).end).toBe('client-aborted');
    expect(call({ ...chat, 'gen_ai.response.finish_reasons': '["abort"]', 'gen_ai.usage.input_tokens': 3 }).end).toBe('client-aborted');
    expect(call({ ...chat, 'http.response.status_code': '499' }).end).toBe('client-aborted');
  });

  test('complete with usage, usage-missing without', () => {
    expect(call({ ...chat, 'gen_ai.usage.output_tokens': 3 }).end).toBe('complete');
    expect(call(chat).end).toBe('usage-missing');
  });
});

describe('who calls', () => {
  const names = {
    ...noAttributes, userAttributes: ['user.id', 'enduser.id'], sessionAttributes: ['session.id'],
    teamAttributes: ['team'], dimensions: { project: ['project.id', 'project'] },
  };
  const who = (attributes: AttributeObject, resource: AttributeObject = {}) => {
    const facts = new Normaliser(names).normalise(span({ ...chat, ...attributes }), origin({ resource }));
    return { user: facts?.user, session: facts?.session, team: facts?.team, dimensions: facts?.dimensions };
  };

  test('is what the configured attributes say, in their order, of the span before its resource', () => {
    expect(who({ 'enduser.id': 'second', 'user.id': 'first', 'session.id': 7, project: 'p' }, { team: 'blue', 'project.id': 'of the resource' })).toEqual({
      user: 'first', session: '7', team: 'blue', dimensions: { project: 'p' },
    });
  });

  test('is nobody when none says', () => {
    expect(who({ 'user.id': '' })).toEqual({ user: '', session: '', team: '', dimensions: {} });
  });
});

test('a gateway is known by its scope, and its route by the backend path', () => {
  const from = { scope: 'envoyproxy/ai-gateway', service: 'aigw' };
  const facts = normalise(
    { ...chat, 'gen_ai.provider.name': 'default/openai/route/chat-route/rule/0/ref/0' }, {}, from,
  );
  expect(facts).toMatchObject({ gateway: 'aigw', route: 'chat-route', provider: 'unknown' });
  expect(call(chat).gateway).toBe('');
});
