/** Seeded, lively traffic of AI gateways: plain events with all that a gateway would measure. Times are epoch ms. */

export interface ModelRequest {
  readonly type: 'model';
  readonly timeMs: number;
  readonly gateway: string;
  readonly operation: string;
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly failed: boolean;
  readonly durationSeconds: number;
  /** Streaming only. */
  readonly timeToFirstTokenSeconds: number | undefined;
  /** Streaming with more than one output token only. */
  readonly timePerOutputTokenSeconds: number | undefined;
  /** By `gen_ai.token.type`; empty for a failed request. */
  readonly tokens: Readonly<Record<string, number>>;
}

export interface McpRequest {
  readonly type: 'mcp';
  readonly timeMs: number;
  readonly gateway: string;
  readonly backend: string;
  readonly method: string;
  readonly status: 'success' | 'failed' | 'error';
  readonly durationSeconds: number;
  /** For `initialize` only. */
  readonly initializationSeconds: number | undefined;
}

export type TrafficEvent = ModelRequest | McpRequest;

const models: readonly { readonly provider: string; readonly model: string; readonly weight: number; readonly speed: number }[] = [
  { provider: 'openai', model: 'gpt-4o', weight: 5, speed: 0.018 },
  { provider: 'openai', model: 'gpt-4.1-mini', weight: 8, speed: 0.009 },
  { provider: 'aws.bedrock', model: 'us.amazon.nova-pro-v1:0', weight: 2, speed: 0.015 },
  { provider: 'aws.anthropic', model: 'claude-sonnet-4-5', weight: 6, speed: 0.021 },
  { provider: 'anthropic', model: 'claude-haiku-4-5', weight: 4, speed: 0.011 },
  { provider: 'anthropic', model: 'claude-opus-4-5', weight: 1, speed: 0.031 },
  { provider: 'gcp.vertex_ai', model: 'gemini-2.5-flash', weight: 5, speed: 0.007 },
  { provider: 'gcp.vertex_ai', model: 'text-embedding-005', weight: 3, speed: 0.004 },
];

const mcpMethods: readonly { readonly method: string; readonly weight: number }[] = [
  { method: 'initialize', weight: 1 },
  { method: 'tools/list', weight: 2 },
  { method: 'tools/call', weight: 6 },
  { method: 'resources/read', weight: 1 },
];

/** A small generator with a seed (mulberry32), so that a run can be repeated. Gives [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T extends { readonly weight: number }>(random: () => number, choices: readonly T[]): T {
  let rest = random() * choices.reduce((sum, choice) => sum + choice.weight, 0);
  for (const choice of choices) {
    rest -= choice.weight;
    if (rest < 0) return choice;
  }
  return choices[choices.length - 1]!;
}

function tokensOf(random: () => number, embedding: boolean): Record<string, number> {
  // Now and then somebody sends whole files.
  const files = random() < 0.015 ? 11_000 : 0;
  const input = 20 + files + Math.floor(random() ** 3 * 6000);
  if (embedding) return { input };
  const tokens: Record<string, number> = { input, output: 1 + Math.floor(random() ** 2 * 900) };
  if (random() < 0.3) tokens['cached_input'] = Math.floor(input * random() * 0.9);
  if (random() < 0.1) tokens['cache_creation_input'] = Math.floor(input * 0.1);
  if (random() < 0.2) tokens['reasoning'] = Math.floor((tokens['output'] ?? 0) * 0.5);
  return tokens;
}

function modelRequest(random: () => number, timeMs: number, gateway: string): ModelRequest {
  const { provider, model, speed } = pick(random, models);
  const embedding = model.includes('embedding');
  const common = { type: 'model', timeMs, gateway, operation: embedding ? 'embeddings' : 'chat' } as const;
  const nothing = { timeToFirstTokenSeconds: undefined, timePerOutputTokenSeconds: undefined };
  if (random() < 0.015) {
    const unknown = { provider: 'unknown', requestModel: 'no-such-model', responseModel: 'unknown', failed: true };
    return { ...common, ...unknown, durationSeconds: 0.005 + random() * 0.03, ...nothing, tokens: {} };
  }
  const named = { provider, requestModel: model, responseModel: model };
  if (random() < 0.03) {
    return { ...common, ...named, failed: true, durationSeconds: 0.05 + random() * 20, ...nothing, tokens: {} };
  }
  const tokens = tokensOf(random, embedding);
  const output = tokens['output'] ?? 0;
  const streaming = !embedding && random() < 0.6;
  const first = 0.08 + random() ** 4 * 6 + (tokens['input'] ?? 0) / 40_000;
  const perToken = speed * (0.6 + random());
  return {
    ...common,
    ...named,
    failed: false,
    durationSeconds: first + output * perToken,
    timeToFirstTokenSeconds: streaming ? first : undefined,
    timePerOutputTokenSeconds: streaming && output > 1 ? (output * perToken) / (output - 1) : undefined,
    tokens,
  };
}

function mcpRequest(random: () => number, timeMs: number, gateway: string): McpRequest {
  const { method } = pick(random, mcpMethods);
  const luck = random();
  const durationSeconds = 0.003 + random() ** 3 * 4;
  return {
    type: 'mcp',
    timeMs,
    gateway,
    backend: random() < 0.5 ? 'github' : 'everything',
    method,
    status: luck < 0.03 ? 'error' : luck < 0.08 ? 'failed' : 'success',
    durationSeconds,
    initializationSeconds: method === 'initialize' ? durationSeconds * 0.8 : undefined,
  };
}

export interface TrafficOptions {
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly gateways: readonly string[];
  /** Mean number of events per minute of one gateway; the rate swings by half within ten minutes. */
  readonly perMinute: number;
}

/** Events in time order. */
export function makeTraffic(options: TrafficOptions): TrafficEvent[] {
  const random = seededRandom(options.seed);
  const events: TrafficEvent[] = [];
  for (const gateway of options.gateways) {
    let timeMs = options.fromMs;
    for (;;) {
      const swing = 1 + 0.5 * Math.sin((timeMs / 600_000) * 2 * Math.PI);
      timeMs += (-Math.log(1 - random()) * 60_000) / (options.perMinute * swing);
      if (timeMs >= options.toMs) break;
      events.push(random() < 0.2 ? mcpRequest(random, timeMs, gateway) : modelRequest(random, timeMs, gateway));
    }
  }
  return events.sort((left, right) => left.timeMs - right.timeMs);
}
