/** Models that the demo's agent uses, with prices of its own table: nothing here reads the server's price files. */

/** Picodollars (1e-12 USD) per token, so that a price in USD per million tokens is that number times a million. */
export interface Prices {
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
}

export interface DemoModel {
  readonly provider: string;
  readonly request: string;
  readonly response: string;
  readonly host: string;
  readonly operation: 'chat' | 'embeddings';
  readonly prices: Prices | undefined;
}

const openai = { provider: 'openai', host: 'api.openai.com', operation: 'chat' } as const;

export const models = {
  cheap: {
    ...openai, request: 'gpt-4.1-mini', response: 'gpt-4.1-mini-2025-04-14',
    prices: { input: 400_000n, cacheRead: 100_000n, cacheWrite: 400_000n, output: 1_600_000n },
  },
  thinking: {
    ...openai, request: 'o4-mini', response: 'o4-mini-2025-04-16',
    prices: { input: 1_100_000n, cacheRead: 275_000n, cacheWrite: 1_100_000n, output: 4_400_000n },
  },
  expensive: {
    provider: 'anthropic', host: 'api.anthropic.com', operation: 'chat', request: 'claude-opus-4-5', response: 'claude-opus-4-5-20251101',
    prices: { input: 5_000_000n, cacheRead: 500_000n, cacheWrite: 6_250_000n, output: 25_000_000n },
  },
  embeddings: {
    ...openai, operation: 'embeddings', request: 'text-embedding-3-small', response: 'text-embedding-3-small',
    prices: { input: 20_000n, cacheRead: 20_000n, cacheWrite: 20_000n, output: 0n },
  },
  /** Runs in the own house: nobody publishes a price for it. */
  unpriced: {
    provider: 'in-house', host: 'llm.example.com', operation: 'chat', request: 'house-llm-70b', response: 'house-llm-70b', prices: undefined,
  },
} as const satisfies Record<string, DemoModel>;

export type ModelName = keyof typeof models;
