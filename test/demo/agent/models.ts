/** Models that the demo's agent uses, with prices of its own table: nothing here reads the server's price files. */
import type { AgentCall, AgentRun } from './runs.js';

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
  unpriced: { provider: 'in-house', host: 'llm.example.com', operation: 'chat', request: 'house-llm-70b', response: 'house-llm-70b', prices: undefined },
} as const satisfies Record<string, DemoModel>;

export type ModelName = keyof typeof models;

/** The demo's providers have names of their own, so that its calls are nobody else's. */
export function providerOf(model: ModelName, { suffix }: Pick<AgentRun, 'suffix'>): string {
  return `demo-${models[model].provider}${suffix}`;
}

/** A call that was refused counts against the model it asked for. */
export function modelOf({ model, failed }: AgentCall): string {
  return failed === undefined ? models[model].response : models[model].request;
}

/** undefined: nothing is owed, or nobody knows what. */
export function costOf({ model, usage }: AgentCall): bigint | undefined {
  const { prices }: DemoModel = models[model];
  if (prices === undefined || usage === undefined) return undefined;
  const { input, cacheRead = 0, cacheWrite = 0, output } = usage;
  const cached = BigInt(cacheRead) * prices.cacheRead + BigInt(cacheWrite) * prices.cacheWrite;
  return BigInt(input - cacheRead - cacheWrite) * prices.input + cached + BigInt(output ?? 0) * prices.output;
}

/** As APIs write it: all digits, no zeros at the end. */
export function usdText(picodollars: bigint): string {
  const digits = picodollars.toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${digits.slice(0, -12)}${fraction === '' ? '' : `.${fraction}`}`;
}
