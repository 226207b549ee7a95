/** A local server that speaks enough of OpenAI's API: chat with tools and streaming, embeddings, rate limits. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What chat answers say they used. */
const plainUsage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
/** Of this model: 40 of the input tokens came from the cache, 5 of the output tokens were reasoning. */
const detailedModel = 'gpt-4.1';
const detailedUsage = {
  ...plainUsage,
  prompt_tokens_details: { cached_tokens: 40, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
};
const embeddingTokens = 8;

/** Asked for this model, the server answers 429. */
const limitedModel = 'gpt-4o';

/** As OpenAI does, the answer names the dated model. */
const dated: Readonly<Record<string, string>> = {
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-4.1': 'gpt-4.1-2025-04-14',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
};

export interface FakeOpenAi {
  readonly url: string;
  close(): Promise<void>;
}

interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly tools?: readonly unknown[];
  readonly stream_options?: { readonly include_usage?: boolean };
}

export async function startFakeOpenAi(): Promise<FakeOpenAi> {
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
  const isEmbedding = request.url?.endsWith('/embeddings') === true;
  if (asked.model === limitedModel) send(response, 429, { error: { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' } });
  else if (isEmbedding) send(response, 200, embedding(asked));
  else if (asked.stream === true) stream(response, asked);
  else send(response, 200, completion(asked));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function embedding({ model }: Asked): unknown {
  return {
    object: 'list', model, data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }],
    usage: { prompt_tokens: embeddingTokens, total_tokens: embeddingTokens },
  };
}

function completion({ model, tools }: Asked): unknown {
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } };
  const message = tools === undefined ? { role: 'assistant', content: 'Hello', refusal: null } : { role: 'assistant', content: null, refusal: null, tool_calls: [call] };
  return {
    id: 'chatcmpl-fake', object: 'chat.completion', created: 1_700_000_000, model: dated[model] ?? model, service_tier: 'default',
    choices: [{ index: 0, message, logprobs: null, finish_reason: tools === undefined ? 'stop' : 'tool_calls' }],
    usage: usageOf(model),
  };
}

function usageOf(model: string): unknown {
  return model === detailedModel ? detailedUsage : plainUsage;
}

function stream(response: ServerResponse, { model, stream_options: options }: Asked): void {
  const base = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_700_000_000, model: dated[model] ?? model, service_tier: 'default' };
  const delta = (content: object, reason: string | null) => ({ ...base, choices: [{ index: 0, delta: content, logprobs: null, finish_reason: reason }] });
  const events = [delta({ role: 'assistant', content: 'Hel' }, null), delta({ content: 'lo' }, null), delta({}, 'stop')];
  const usage = options?.include_usage === true ? [{ ...base, choices: [], usage: usageOf(model) }] : [];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of [...events, ...usage]) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end('data: [DONE]\n\n');
}
