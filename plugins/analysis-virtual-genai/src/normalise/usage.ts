/** Tokens by class: input with the cached ones, output with reasoning, whatever the dialect said. */
import { noUsage, type AttributeValue, type TokenUsage } from '@meterlark/core';
import { read, type CallPlan } from './plan.js';

export interface UsageContext {
  /** The dialect hands on what this provider said, and that leaves cached tokens out of the input. */
  readonly inputExcludesCached: boolean;
  readonly operation: string;
}

type Count =
  | 'input' | 'uncachedInput' | 'cacheRead' | 'cacheWrite' | 'cacheWrite5m' | 'cacheWrite1h'
  | 'output' | 'visibleOutput' | 'reasoning'
  | 'audioInput' | 'audioOutput' | 'total';
type Counts = Readonly<Record<Count, number | undefined>>;

export function usageOf({ steps }: CallPlan, values: readonly AttributeValue[], context: UsageContext): TokenUsage {
  const counts = {
    input: read(steps.input, values) as number | undefined,
    uncachedInput: read(steps.uncachedInput, values) as number | undefined,
    cacheRead: read(steps.cacheRead, values) as number | undefined,
    cacheWrite: read(steps.cacheWrite, values) as number | undefined,
    cacheWrite5m: read(steps.cacheWrite5m, values) as number | undefined,
    cacheWrite1h: read(steps.cacheWrite1h, values) as number | undefined,
    output: read(steps.output, values) as number | undefined,
    visibleOutput: read(steps.visibleOutput, values) as number | undefined,
    reasoning: read(steps.reasoning, values) as number | undefined,
    audioInput: read(steps.audioInput, values) as number | undefined,
    audioOutput: read(steps.audioOutput, values) as number | undefined,
    total: read(steps.total, values) as number | undefined,
  };
  return isSilent(counts) ? noUsage : combined(counts, context);
}

function isSilent(counts: Counts): boolean {
  const { input, uncachedInput, output, visibleOutput, total, cacheRead, cacheWrite, reasoning } = counts;
  return (input ?? uncachedInput ?? output ?? visibleOutput ?? total ?? cacheRead ?? cacheWrite ?? reasoning) === undefined;
}

function combined(counts: Counts, { inputExcludesCached, operation }: UsageContext): TokenUsage {
  const write = writes(counts);
  const cached = (counts.cacheRead ?? 0) + (write.fiveMinutes ?? 0) + (write.oneHour ?? 0);
  const left = leftOver(counts);
  return {
    input: inputOf(
      counts, { cached, left, exclusive: excludesCached(counts, left, cached) ?? inputExcludesCached, operation },
    ),
    cacheRead: counts.cacheRead,
    cacheWrite5m: write.fiveMinutes,
    cacheWrite1h: write.oneHour,
    output: outputOf(counts, left, cached),
    reasoning: counts.reasoning,
    audioInput: counts.audioInput,
    audioOutput: counts.audioOutput,
  };
}

interface Writes {
  readonly fiveMinutes: number | undefined;
  readonly oneHour: number | undefined;
}

/** Lifetimes nobody told are of five minutes; a total with one of the two parts leaves the rest to the other. */
function writes({ cacheWrite: total, cacheWrite5m, cacheWrite1h }: Counts): Writes {
  if (total === undefined) return { fiveMinutes: cacheWrite5m, oneHour: cacheWrite1h };
  return { fiveMinutes: Math.max(cacheWrite5m ?? 0, total - (cacheWrite1h ?? 0)), oneHour: cacheWrite1h };
}

/** What the total has beyond input and output; 0 when one of the three is missing. */
function leftOver(counts: Counts): number {
  const { total, input = counts.uncachedInput, output = counts.visibleOutput } = counts;
  return total === undefined || input === undefined || output === undefined ? 0 : total - input - output;
}

/** undefined when the numbers do not tell: the dialect decides. */
function excludesCached(counts: Counts, left: number, cached: number): boolean | undefined {
  const { input, uncachedInput, reasoning = 0 } = counts;
  if (cached === 0 || input === undefined) return undefined;
  if (cached > input) return true;
  if (uncachedInput !== undefined) return uncachedInput === input;
  if (left === reasoning) return undefined;
  return left === cached || left === cached + reasoning ? true : undefined;
}

function excludesReasoning({ output, reasoning = 0 }: Counts, left: number, cached: number): boolean {
  if (reasoning === 0 || output === undefined) return false;
  return reasoning > output || left === reasoning || (cached > 0 && left === reasoning + cached);
}

function outputOf(counts: Counts, left: number, cached: number): number | undefined {
  const { output, visibleOutput, reasoning = 0, total } = counts;
  if (output !== undefined) return output + (excludesReasoning(counts, left, cached) ? reasoning : 0);
  if (visibleOutput === undefined) return counts.reasoning;
  // Only the total may say that it is within, after all.
  const needed = total === undefined || reasoning > visibleOutput || left === reasoning;
  return !needed && (left === 0 || left === cached) ? visibleOutput : visibleOutput + reasoning;
}

interface InputContext {
  readonly cached: number;
  readonly left: number;
  readonly exclusive: boolean;
  readonly operation: string;
}

function inputOf(counts: Counts, { cached, left, exclusive, operation }: InputContext): number | undefined {
  const { input, total, output = counts.visibleOutput, uncachedInput, reasoning } = counts;
  if (input !== undefined) return exclusive ? input + cached : input;
  if (uncachedInput !== undefined) {
    // Only the total may say that they are within, after all.
    const needed = total === undefined || cached > uncachedInput || left === cached;
    return !needed && (left === 0 || left === reasoning) ? uncachedInput : uncachedInput + cached;
  }
  // Embeddings have no output: libraries that tell only the total tell the input.
  if (total !== undefined && (output !== undefined || operation === 'embeddings')) {
    return Math.max(total - (output ?? 0), cached);
  }
  return cached > 0 ? cached : undefined;
}
