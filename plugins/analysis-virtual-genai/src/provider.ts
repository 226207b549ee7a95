/** The provider analysis/virtual-genai. */
import {
  AnalysisModule, AnalyzerModule, callRow, callsModel, Clock, Commands, contentModel, defineProvider, gatewayLogDialect, MetricStream, only,
  LogListeners, ProcessInfo, RecordReader, RecordStream, SelfMetrics, sideBySide, SourceRules, SourceSink,
  SpanListeners, StorageModule, StreamModule, type ModelCall, type RecordAppender, type StartContext,
} from '@meterlark/core';
import { ContentLedger } from './content/content-ledger.js';
import { ContentSplit } from './content/content-split.js';
import { CallCounter } from './counting/call-counter.js';
import { CallCounts } from './counting/call-counts.js';
import { rememberLedger, type CallMemory } from './counting/ledger-memory.js';
import { RecentCalls } from './counting/recent-calls.js';
import { TransportLinks } from './counting/transport-links.js';
import { GenAiListener } from './listener.js';
import { LogCalls } from './logs/log-calls.js';
import { LogJoin } from './logs/log-join.js';
import { GatewayLogListener } from './logs/log-listener.js';
import { genAiErrors } from './errors.js';
import { CallMetrics, usualDimensions } from './metrics/call-metrics.js';
import { genAiLayer, SeenEntities } from './metrics/entities.js';
import { Normaliser } from './normalise/normaliser.js';
import { BookShelf, Shelf } from './pricing/book-shelf.js';
import { loadBook } from './pricing/load-book.js';
import { priceOf } from './pricing/price-call.js';
import { pricingCommands } from './pricing/commands.js';
import { settings, type VirtualGenAiSettings } from './settings.js';

type Context = StartContext<VirtualGenAiSettings>;

/** Calls of one batch that wait for its end; a batch with more is counted in parts. */
const maxPending = 10_000;
/** Spans of HTTP clients and servers remembered: seconds of a busy server; batches of a trace are no further apart. */
const maxLinks = 131_072;
/** Logs that wait for their spans: 10,000 a second. */
const maxWaitingLogs = 65_536;
/** Calls by which a log is known to be of one that was counted: gateways send their logs every second. */
const maxRecentViews = 131_072;
/** How often logs that waited long enough are counted, and how many then: about 5 ms of work, 20,000 a second. */
const logTurnMs = 20;
const maxLogsPerTurn = 400;
/** What would miss one flush by this little does not wait for the next: it is visible within 10 s, unless there is much of it. */
const beforeNextFlushMs = 800;

export const virtualGenAiProvider = defineProvider<VirtualGenAiSettings>({
  module: AnalysisModule,
  name: 'virtual-genai',
  requires: [StorageModule, StreamModule, only(AnalyzerModule, SpanListeners, SourceSink, SourceRules, LogListeners)],
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
    const counting = countingInto(context, calls, self);
    const logs = joinLogs(context, { shelf, self, counting });
    const counter = new CallCounter({ ...counting, maxPending, recent, logged: logs, onPassedOver: (reason) => self.passedOver(reason), onSettled: () => self.settled() });
    const memory: CallMemory = {
      remember: (call) => {
        // The span that a log names is the proxy's, which is no view of the call: the calls below it are not nested in it.
        const ticket = call.dialect === gatewayLogDialect ? undefined : recent.remember(call);
        logs?.remember(call, ticket);
      },
    };
    const remembered = rememberLedger(memory, config.recentSpans, { reader: get(RecordReader), clock: get(Clock), logger: context.logger });
    counter.hold(remembered);
    logs?.hold(remembered);
    get(MetricStream).beforeFlush((everything) => settle(counter, logs, everything));
    get(SpanListeners).add(makeListener(context, { shelf, counter, content, links: recent.links, self }));
    const timer = setInterval(() => logs?.settle(), logTurnMs).unref();
    return async () => {
      clearInterval(timer);
      await remembered;
      settle(counter, logs, true);
    };
  },
});

/** Spans first: they may take the place of logs. */
function settle(counter: CallCounter, logs: LogJoin | undefined, everything: boolean): void {
  if (everything) {
    counter.settleAll();
    logs?.settleAll();
  } else {
    counter.settle();
    logs?.settle(beforeNextFlushMs);
  }
}

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

interface Counting {
  readonly onCounted: (call: ModelCall) => void;
  readonly onError: (error: unknown) => void;
}

function countingInto({ get, config, logger }: Context, calls: RecordAppender, self: CallCounts): Counting {
  const metrics = new CallMetrics(get(SourceSink), { dimensions: config.metricDimensions });
  const seen = new SeenEntities(get(MetricStream));
  return {
    onCounted: (call) => {
      observe(seen, metrics, call);
      metrics.emit(call);
      calls.append(callRow(call));
      self.counted(call.dialect);
    },
    onError: (error) => {
      if (self.failed() === 1) logger.error('a model call could not be counted; further ones only add to the count', { error });
    },
  };
}

/** undefined where no logs are analysed. */
function joinLogs({ get, all, config }: Context, { shelf, self, counting }: {
  readonly shelf: BookShelf; readonly self: CallCounts; readonly counting: Counting;
}): LogJoin | undefined {
  const listeners = all(LogListeners)[0];
  if (listeners === undefined) return undefined;
  const records = get(RecordStream);
  const stream = get(MetricStream);
  const clock = get(Clock);
  const now = (): number => clock.now();
  const calls = new LogCalls({ ...config, providerOf: (model) => shelf.current.providerOf(model) });
  const join = new LogJoin({
    maxWaiting: maxWaitingLogs, maxRecent: maxRecentViews, waitMs: config.logJoinMs, maxPerTurn: maxLogsPerTurn, now,
    onCounted: (facts, details) => {
      const call = calls.make(facts, details);
      call.cost = priceOf(shelf.current, call);
      counting.onCounted(call);
    },
    onLog: (outcome) => self.logged(outcome),
    onSettled: () => self.settled(),
    onError: counting.onError,
  });
  const acceptedMinutes = (): ReturnType<MetricStream['acceptedMinutes']> => stream.acceptedMinutes();
  listeners.add(new GatewayLogListener({ calls, join, now, acceptedMinutes, hasRoom: () => records.hasRoom() && stream.hasRoom() }));
  return join;
}

function observe(seen: SeenEntities, { entities }: CallMetrics, { tenant, provider, model, startUs }: ModelCall): void {
  const timeMs = Math.floor(startUs / 1000);
  seen.observe(entities.provider(tenant, provider), { provider, model: undefined }, timeMs);
  seen.observe(entities.model(tenant, provider, model), { provider, model }, timeMs);
}
