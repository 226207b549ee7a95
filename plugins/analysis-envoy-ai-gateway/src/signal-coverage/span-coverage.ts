/** Counts the requests that the gateway's own spans tell of, in either of its vocabularies. Hot path for all spans: most are told by their scope. */
import type { AttributeShape, AttributeValue, Span, SpanListener, SpanOrigin } from '@meterlark/core';
import type { CoverageCounter } from './coverage-counter.js';
import { textOf, type Readings } from './readings.js';
import type { RecentRequests } from './recent-requests.js';
import { RequestedModel } from './requested-model.js';

const gatewayScope = 'envoyproxy/ai-gateway';

const keys = {
  kind: 'openinference.span.kind', operation: 'gen_ai.operation.name', mcp: 'mcp.method.name',
  requestModel: 'gen_ai.request.model', parameters: 'llm.invocation_parameters', embeddingParameters: 'embedding.invocation_parameters',
  llmModel: 'llm.model_name', embeddingModel: 'embedding.model_name', rerankModel: 'reranker.model_name',
  prompt: 'llm.token_count.prompt', completion: 'llm.token_count.completion', input: 'gen_ai.usage.input_tokens', output: 'gen_ai.usage.output_tokens',
} as const;

type Places = Readonly<Record<keyof typeof keys, number>>;

export interface SpanCoverageParts {
  readonly counter: CoverageCounter;
  readonly recent: RecentRequests;
  readonly readings: Readings;
}

export class SpanCoverage implements SpanListener {
  private readonly places = new WeakMap<AttributeShape, Places>();
  private readonly requested = new RequestedModel();

  constructor(private readonly parts: SpanCoverageParts) {}

  hasRoom(): boolean {
    return this.parts.counter.hasRoom();
  }

  listen(span: Span, origin: SpanOrigin): Span {
    if (origin.scope.name === gatewayScope) this.count(span, origin);
    return span;
  }

  private count({ attributes: { shape, values }, startUs, durationNs, spanId }: Span, origin: SpanOrigin): void {
    const places = this.places.get(shape) ?? this.find(shape);
    if (places.mcp >= 0 || (places.kind < 0 && places.operation < 0)) return;
    if (!this.parts.recent.isNew(origin.tenant, startUs, spanId)) return;
    const model = this.modelOf(values, places) || 'unknown';
    this.parts.counter.count(origin, { model, endUs: startUs + durationNs / 1000, tokens: this.tokensOf(values, places) });
  }

  private find(shape: AttributeShape): Places {
    const places = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, shape.indexOf(key)])) as Places;
    this.places.set(shape, places);
    return places;
  }

  /** The model that the client asked for: OpenInference's `llm.model_name` is the one that answered, once one did. */
  private modelOf(values: readonly AttributeValue[], places: Places): string {
    return (
      textOf(values[places.requestModel]) ||
      this.requested.in(values[places.parameters]) ||
      this.requested.in(values[places.embeddingParameters]) ||
      textOf(values[places.llmModel]) ||
      textOf(values[places.embeddingModel]) ||
      textOf(values[places.rerankModel])
    );
  }

  /** As the gateway's metrics count them: none for requests that only count tokens. */
  private tokensOf(values: readonly AttributeValue[], places: Places): number {
    if (values[places.kind] === 'TOKEN_COUNTER' || values[places.operation] === 'tokenize') return 0;
    const { readings } = this.parts;
    const input = readings.tokens(values[places.prompt]) ?? readings.tokens(values[places.input]) ?? 0;
    return input + (readings.tokens(values[places.completion]) ?? readings.tokens(values[places.output]) ?? 0);
  }
}
