/** Looks at every span: a call to a model is priced and counted, content goes where the settings say. Hot path. */
import type { ModelCall, Span, SpanListener, SpanOrigin } from '@meterlark/core';
import type { ContentLedger } from './content/content-ledger.js';
import type { ContentSplit } from './content/content-split.js';
import { costText } from './cost-text.js';
import type { ModelCallFacts } from './normalise/facts.js';
import type { PriceBook } from './pricing/price-book.js';
import { priceOf } from './pricing/price-call.js';

export interface GenAiListenerOptions {
  readonly normalise: (span: Span, origin: SpanOrigin) => ModelCallFacts | undefined;
  readonly book: () => PriceBook;
  readonly count: (call: ModelCall, parentSpanId: string) => void;
  /** A span that may lie between two views of one call. */
  readonly between: (tenant: string, span: Span) => void;
  /** Its attributes say nothing of generative AI. */
  readonly isPlain: (span: Span) => boolean;
  readonly split: ContentSplit;
  /** undefined when content is not kept. */
  readonly content: ContentLedger | undefined;
  readonly hasRoom: () => boolean;
}

export class GenAiListener implements SpanListener {
  constructor(private readonly options: GenAiListenerOptions) {}

  hasRoom(): boolean {
    return this.options.hasRoom();
  }

  listen(span: Span, origin: SpanOrigin): Span {
    const { normalise, book, count, between, isPlain, split, content } = this.options;
    const facts = normalise(span, origin);
    let cost = '';
    if (facts !== undefined) {
      facts.cost = priceOf(book(), facts);
      cost = costText(facts.cost.total);
      count(facts, span.parentSpanId);
    } else if ((span.kind === 'client' || span.kind === 'server') && isPlain(span)) {
      between(origin.tenant, span);
    }
    const stored = split.apply(span, cost, content?.take);
    content?.write(origin.tenant, span);
    return stored;
  }
}
