/** What the spans of the reference payload are: one plan per kind of span of an agent application. */
export type Value = string | number | readonly string[];

export interface SpanPlan {
  readonly name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly failed?: boolean;
}

export interface Model {
  readonly provider: string;
  readonly request: string;
  readonly response: string;
  readonly host: string;
}

export const models: readonly Model[] = [
  { provider: 'openai', request: 'gpt-4o', response: 'gpt-4o-2024-08-06', host: 'api.openai.com' },
  { provider: 'openai', request: 'gpt-4o-mini', response: 'gpt-4o-mini-2024-07-18', host: 'api.openai.com' },
  { provider: 'anthropic', request: 'claude-sonnet-4-0', response: 'claude-sonnet-4-20250514', host: 'api.anthropic.com' },
  { provider: 'aws.bedrock', request: 'amazon.nova-pro-v1:0', response: 'amazon.nova-pro-v1:0', host: 'bedrock-runtime.us-east-1.amazonaws.com' },
  { provider: 'gcp.vertex_ai', request: 'gemini-2.5-flash', response: 'gemini-2.5-flash-001', host: 'aiplatform.googleapis.com' },
];
const tools = ['search_orders', 'get_weather', 'create_ticket', 'lookup_customer', 'send_mail'];
const routes = ['/api/chat', '/api/support/{ticket}', '/api/search', '/api/summaries'];

/** Seeded, so that runs compare: mulberry32. */
export class Dice {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let index = 0; index < length; index += 1) bytes[index] = this.below(256);
    return bytes;
  }

  text(length: number): string {
    return this.bytes(length).toString('base64url').slice(0, length);
  }
}

export interface Talk {
  readonly conversation: string;
  readonly user: string;
}

export function httpPlan(dice: Dice): SpanPlan {
  const route = dice.pick(routes);
  return {
    name: `POST ${route}`,
    kind: 2,
    durationMs: 900 + dice.below(9000),
    attributes: {
      'http.request.method': 'POST',
      'url.scheme': 'https',
      'url.path': route.replace('{ticket}', String(dice.below(100_000))),
      'http.route': route,
      'http.response.status_code': dice.below(50) === 0 ? 500 : 200,
      'server.address': 'agents.example.com',
      'server.port': 443,
      'client.address': `10.1.${dice.below(256)}.${dice.below(256)}`,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0',
      'network.protocol.version': '1.1',
      'network.peer.address': `10.2.0.${dice.below(256)}`,
      'network.peer.port': 1024 + dice.below(60_000),
    },
  };
}

export function agentPlan(dice: Dice, model: Model, { conversation, user }: Talk): SpanPlan {
  return {
    name: 'invoke_agent support-agent',
    kind: 1,
    durationMs: 800 + dice.below(8000),
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': model.provider,
      'gen_ai.agent.name': 'support-agent',
      'gen_ai.agent.id': 'asst_5j66UpCpwteGg4YSxUnt7lPY',
      'gen_ai.agent.version': '2026-01-07',
      'gen_ai.conversation.id': conversation,
      'gen_ai.request.model': model.request,
      'gen_ai.output.type': 'text',
      'gen_ai.usage.input_tokens': 2000 + dice.below(30_000),
      'gen_ai.usage.output_tokens': 100 + dice.below(3000),
      'user.id': user,
      'session.id': conversation,
    },
  };
}

export function chatPlan(dice: Dice, model: Model, { conversation, user }: Talk): SpanPlan {
  const failed = dice.below(40) === 0;
  return {
    name: `chat ${model.request}`,
    kind: 3,
    durationMs: 300 + dice.below(3000),
    failed,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': model.provider,
      'gen_ai.request.model': model.request,
      'gen_ai.request.max_tokens': 4096,
      'gen_ai.request.temperature': 0.2,
      'gen_ai.conversation.id': conversation,
      'user.id': user,
      'server.address': model.host,
      'server.port': 443,
      ...(failed ? { 'error.type': '429' } : answerOf(dice, model)),
    },
  };
}

function answerOf(dice: Dice, model: Model): Readonly<Record<string, Value>> {
  return {
    'gen_ai.response.id': `chatcmpl-${dice.text(29)}`,
    'gen_ai.response.model': model.response,
    'gen_ai.response.finish_reasons': [dice.below(4) === 0 ? 'tool_calls' : 'stop'],
    'gen_ai.usage.input_tokens': 500 + dice.below(12_000),
    'gen_ai.usage.cache_read.input_tokens': dice.below(500),
    'gen_ai.usage.output_tokens': 20 + dice.below(1500),
  };
}

export function embeddingsPlan(dice: Dice, { conversation, user }: Talk): SpanPlan {
  return {
    name: 'embeddings text-embedding-3-small',
    kind: 3,
    durationMs: 40 + dice.below(200),
    attributes: {
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
      'gen_ai.response.model': 'text-embedding-3-small',
      'gen_ai.embeddings.dimension.count': 1536,
      'gen_ai.conversation.id': conversation,
      'user.id': user,
      'server.address': 'api.openai.com',
      'server.port': 443,
      'gen_ai.usage.input_tokens': 10 + dice.below(900),
    },
  };
}

export function toolPlan(dice: Dice, { conversation, user }: Talk): SpanPlan {
  const tool = dice.pick(tools);
  return {
    name: `execute_tool ${tool}`,
    kind: 1,
    durationMs: 5 + dice.below(700),
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': `call_${dice.text(24)}`,
      'gen_ai.tool.description': `Calls the service behind ${tool} and answers its result`,
      'gen_ai.agent.name': 'support-agent',
      'gen_ai.conversation.id': conversation,
      'user.id': user,
      'session.id': conversation,
      'code.function.name': `tools.${tool}.run`,
      'thread.id': dice.below(16),
    },
  };
}
