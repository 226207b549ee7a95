/** The provider analysis/virtual-genai. */
import {
  AnalysisModule, AnalyzerModule, callRow, callsModel, Clock, Commands, contentModel, defineProvider, MetricStream,
  ProcessInfo, RecordReader, RecordStream, SelfMetrics, sideBySide, SourceRules, SourceSink,
  SpanListeners, StorageModule, StreamModule, type ModelCall, type RecordAppender, type StartContext,
} from '@meterlark/core';
import { ContentLedger } from './content/content-ledger.js';
import { ContentSplit } from './content/content-split.js';
import { CallCounter } from './counting/call-counter.js';
import { CallCounts } from './counting/call-counts.js';
import { rememberLedger } from './counting/ledger-memory.js';
import { RecentCalls } from './counting/recent-calls.js';
import { TransportLinks } from './counting/transport-links.js';
import { GenAiListener } from './listener.js';
import { genAiErrors } from './errors.js';
import { CallMetrics, usualDimensions } from './metrics/call-metrics.js';
import { genAiLayer, SeenEntities } from './metrics/entities.js';
import { Normaliser } from './normalise/normaliser.js';
import { BookShelf, Shelf } from './pricing/book-shelf.js';
import { loadBook } from './pricing/load-book.js';
import { pricingCommands } from './pricing/commands.js';
import { settings, type VirtualGenAiSettings } from './settings.js';

type Context = StartContext<VirtualGenAiSettings>;

/** Calls of one batch that wait for its end; a batch with more is counted in parts. */
const maxPending = 10_000;
/** Spans of HTTP clients and servers remembered: seconds of a busy server; batches of a trace are no further apart. */
const maxLinks = 131_072;

export const virtualGenAiProvider = defineProvider<VirtualGenAiSettings>({
  module: AnalysisModule,
  name: 'virtual-genai',
  requires: [StorageModule, StreamModule, AnalyzerModule],
  config: settings,
  register({ bind, config }) {
    bind(Shelf).toFactory(({ get }) => new BookShelf(config.pricing, get(ProcessInfo).rootFolder));
    bind(Commands).toFactory((resolver) => pricingCommands(resolver, config));
  },
  async check({ get, config }) {
    return (await loadBook(config.pricing, get(ProcessInfo).rootFolder)).faults;
  },
  async start(context) {
    const { get, config } = context;
    checkDimensions(config);
    const records = get(RecordStream);
    const shelf = get(Shelf);
    // Side by side: most of each is waiting for files and for the store.
    const [calls, content] = await sideBySide([
      records.open(callsModel),
      config.content.capture ? records.open(contentModel) : undefined,
      get(SourceRules).load(config.rules, genAiLayer),
      shelf.replace(),
    ]);
    const recent = new RecentCalls(config.recentSpans, new TransportLinks(maxLinks));
    const self = new CallCounts(get(SelfMetrics));
    const counter = makeCounter(context, calls, { recent, self });
    const remembered = rememberLedger(recent, config.recentSpans, { reader: get(RecordReader), clock: get(Clock), logger: context.logger });
    counter.hold(remembered);
    get(MetricStream).beforeFlush((everything) => (everything ? counter.settleAll() : counter.settle()));
    get(SpanListeners).add(makeListener(context, { shelf, counter, content, links: recent.links, self }));
    return async () => {
      await remembered;
      counter.settleAll();
    };
  },
});

function checkDimensions({ dimensions, metricDimensions }: VirtualGenAiSettings): void {
  const known = [...usualDimensions, ...Object.keys(dimensions)];
  const name = metricDimensions.find((each) => !known.includes(each));
  if (name !== undefined) throw genAiErrors.METERLARK_GENAI_UNKNOWN_DIMENSION({ name, known: known.join(', ') });
}

function makeListener({ get, config }: Context, { shelf, counter, content, links, self }: {
  readonly shelf: BookShelf; readonly counter: CallCounter; readonly content: RecordAppender | undefined;
  readonly links: TransportLinks; readonly self: CallCounts;
}): GenAiListener {
  const normaliser = new Normaliser({
    ...config, providerOf: (model) => shelf.current.providerOf(model),
    onUnknownOperation: (word) => self.unknownOperation(word),
  });
  const records = get(RecordStream);
  const stream = get(MetricStream);
  const cut = get(SelfMetrics).counter('meterlark_genai_content_cut_total', 'Spans of which not all content was kept');
  return new GenAiListener({
    normalise: (span, origin) => normaliser.normalise(span, origin),
    book: () => shelf.current,
    count: (call, parentSpanId) => counter.add(call, parentSpanId),
    between: (tenant, span) => links.note(tenant, span),
    isPlain: (span) => normaliser.isPlain(span),
    split: new ContentSplit(),
    content: content === undefined ? undefined : new ContentLedger(content, config.content, () => cut.add()),
    hasRoom: () => records.hasRoom() && stream.hasRoom(),
  });
}

function makeCounter({ get, config, logger }: Context, calls: RecordAppender, { recent, self }: {
  readonly recent: RecentCalls; readonly self: CallCounts;
}): CallCounter {
  const metrics = new CallMetrics(get(SourceSink), { dimensions: config.metricDimensions });
  const seen = new SeenEntities(get(MetricStream));
  return new CallCounter({
    maxPending,
    recent,
    onCounted: (call) => {
      observe(seen, metrics, call);
      metrics.emit(call);
      calls.append(callRow(call));
      self.counted(call.dialect);
    },
    onPassedOver: (reason) => self.passedOver(reason),
    onSettled: () => self.settled(),
    onError: (error) => {
      if (self.failed() === 1) logger.error('a model call could not be counted; further ones only add to the count', { error });
    },
  });
}

function observe(seen: SeenEntities, { entities }: CallMetrics, { tenant, provider, model, startUs }: ModelCall): void {
  const timeMs = Math.floor(startUs / 1000);
  seen.observe(entities.provider(tenant, provider), { provider, model: undefined }, timeMs);
  seen.observe(entities.model(tenant, provider, model), { provider, model }, timeMs);
}
