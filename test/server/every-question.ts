/** Everything that clients ask about an hour, to be asked of several servers that hold the same data. */
import { durationOf, evaluate, graphql, type Subject, type Window } from '../demo/client.js';
import type { RunningServer } from './support.js';

export interface Question {
  readonly title: string;
  readonly ask: (server: RunningServer) => Promise<unknown>;
  /** Of a list: its elements with what they are ordered by; those of one key may come in any order. */
  readonly order?: (answer: unknown) => readonly Ordered[];
}

export interface Ordered {
  readonly key: unknown;
  readonly element: unknown;
}

type Element = Readonly<Record<string, unknown>>;

/** The list at `path` of an answer, ordered by a field. */
function listBy(path: readonly string[], field: string): (answer: unknown) => readonly Ordered[] {
  return (answer) => {
    const list = path.reduce<unknown>((value, name) => (value as Element)[name], answer) as readonly Element[];
    return list.map((element) => ({ key: element[field], element }));
  };
}

const hourMs = 3_600_000;
const expressionsAtOnce = 100;

interface Named {
  readonly id: string;
  readonly name: string;
  readonly normal?: boolean;
}
interface Service extends Named {
  readonly instances: readonly Named[];
  readonly endpoints: readonly Named[];
}

/** What there is to ask about, as one of the servers says. */
interface Inventory {
  readonly window: Window;
  readonly metrics: readonly { readonly name: string; readonly type: string; readonly catalog: string }[];
  readonly services: readonly Service[];
  readonly traceIds: readonly string[];
  readonly calls: readonly { readonly id: string; readonly traceId: string }[];
}

/** `stride`: every so manieth question only, where time matters. */
export async function everyQuestion(server: RunningServer, window: Window, stride = 1): Promise<readonly Question[]> {
  const inventory = await takeInventory(server, window);
  const all = [metricQuestions, rankingQuestions, metadataQuestions, traceQuestions, zipkinQuestions, callQuestions, logQuestions, logqlQuestions].flatMap(
    (questions) => questions(inventory),
  );
  return all.filter((_, place) => place % stride === 0);
}

/** Spans of traces: the traces in their order, the spans of each by start. */
function spansBy(field: string, traces: readonly (readonly Element[])[]): readonly Ordered[] {
  return traces.flatMap((spans, place) => spans.map((element) => ({ key: `${place} ${String(element[field])}`, element })));
}

interface SpansOf {
  readonly spans: readonly Element[];
}
const wholeTraces: NonNullable<Question['order']> = (answer) =>
  spansBy('startTime', (answer as { queryTraces: { traces: readonly SpansOf[] } }).queryTraces.traces.map(({ spans }) => spans));

function oneTrace(answer: unknown): readonly Ordered[] {
  const { queryTrace } = answer as { queryTrace: SpansOf & { readonly modelCalls: readonly unknown[] } };
  return [...spansBy('startTime', [queryTrace.spans]), ...queryTrace.modelCalls.map((element) => ({ key: 'calls', element }))];
}

function zipkinTraces(answer: unknown): readonly Ordered[] {
  const { status, body } = answer as { readonly status: number; readonly body: string };
  if (status !== 200) return [{ key: status, element: body }];
  const list = JSON.parse(body) as readonly (Element | readonly Element[])[];
  return Array.isArray(list[0]) ? spansBy('timestamp', list as readonly (readonly Element[])[]) : spansBy('timestamp', [list as readonly Element[]]);
}

function gql(title: string, query: string, variables: Record<string, unknown>, order?: NonNullable<Question['order']>): Question {
  const question = { title: `${title} ${JSON.stringify(variables)}`, ask: (server: RunningServer) => graphql(server.httpUrl, query, variables) };
  return order === undefined ? question : { ...question, order };
}

async function takeInventory(server: RunningServer, window: Window): Promise<Inventory> {
  const ask = <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => graphql<T>(server.httpUrl, query, variables);
  const duration = durationOf(window);
  const { listMetrics, listServices } = await ask<{ listMetrics: Inventory['metrics']; listServices: Named[] }>(
    '{ listMetrics { name type catalog } listServices { id name normal } }',
  );
  const services: Service[] = [];
  for (const service of listServices) {
    const found = await ask<Pick<Service, 'instances' | 'endpoints'>>(
      `query ($d: Duration!, $id: ID!) { instances: listInstances(duration: $d, serviceId: $id) { id name } endpoints: findEndpoint(serviceId: $id, limit: 50) { id name } }`,
      { d: duration, id: service.id },
    );
    services.push({ ...service, ...found });
  }
  const { queryBasicTraces, queryModelCalls } = await ask<{
    queryBasicTraces: { traces: { traceIds: string[] }[] };
    queryModelCalls: { calls: Inventory['calls'] };
  }>(
    `query ($d: Duration!) {
      queryBasicTraces(condition: { queryDuration: $d, traceState: ALL, queryOrder: BY_START_TIME, paging: { pageSize: 25 } }) { traces { traceIds } }
      queryModelCalls(condition: { queryDuration: $d }, paging: { pageSize: 30 }) { calls { id traceId } } }`,
    { d: duration },
  );
  return { window, metrics: listMetrics, services, traceIds: queryBasicTraces.traces.flatMap(({ traceIds }) => traceIds), calls: queryModelCalls.calls };
}

function windows({ fromMs, toMs }: Window): readonly Window[] {
  return [{ step: 'MINUTE', fromMs, toMs }, { step: 'HOUR', fromMs: fromMs - hourMs, toMs }, { step: 'DAY', fromMs, toMs }];
}

/** Every metric there is, for every service and instance, by every step. */
function metricQuestions({ window, metrics, services }: Inventory): readonly Question[] {
  const names = metrics.map(({ name }) => name).sort();
  const subjects = services.flatMap(({ name, normal, instances }): Subject[] => [
    { service: name, normal: normal ?? true },
    ...instances.map((instance) => ({ service: name, normal: normal ?? true, instance: instance.name })),
  ]);
  // Hours and days of instances are read as those of services are.
  return windows(window).flatMap((each) =>
    subjects.filter((subject) => each.step === 'MINUTE' || subject.instance === undefined).flatMap((subject) =>
      portions(names).map((some) => ({
        title: `${some.length} metrics from ${some[0]} of ${JSON.stringify(subject)} by ${each.step}`,
        ask: (server: RunningServer) => evaluate(server.httpUrl, some, subject, each),
      })),
    ),
  );
}

function portions(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / expressionsAtOnce) }, (_, index) => names.slice(index * expressionsAtOnce, (index + 1) * expressionsAtOnce));
}

function rankingQuestions({ window, metrics, services }: Inventory): readonly Question[] {
  const ranked = metrics.filter(({ type }) => type === 'REGULAR_VALUE').map(({ name }) => name).sort();
  const expressions = ranked.flatMap((name) => [`top_n(${name},5,des)`, `top_n(${name},3,asc)`]);
  return windows(window).flatMap((each) =>
    [...services.map(({ name, normal }) => ({ service: name, normal: normal ?? true }))].flatMap((subject) =>
      portions(expressions).map((some) => ({
        title: `rankings from ${some[0]} of ${subject.service} by ${each.step}`,
        ask: async (server: RunningServer) => (await evaluate(server.httpUrl, some, subject, each)).map(({ type, error, results }) => ({ type, error, results })),
      })),
    ),
  );
}

function metadataQuestions({ window, services }: Inventory): readonly Question[] {
  const d = durationOf(window);
  const all = `query ($d: Duration!) { version listLayers listMetrics { name type catalog }
    getRecordsTTL { normal trace zipkinTrace log } getMetricsTTL { minute hour day }
    listServices { id name group shortName layers normal } getAllServices(duration: $d) { id name } searchServices(duration: $d, keyword: "e") { id name }
    getAllDatabases(duration: $d) { id name } }`;
  const one = `query ($d: Duration!, $id: ID!, $s: String!) { getService(serviceId: $s) { id name layers normal }
    listInstances(duration: $d, serviceId: $id) { id name language attributes { name value } } findEndpoint(serviceId: $id, limit: 100) { id name }
    searchEndpoint(keyword: "a", serviceId: $id, limit: 100) { id name } getServiceInstances(duration: $d, serviceId: $id) { id name } }`;
  const slow = 'query ($c: RecordCondition!, $d: Duration!) { readRecords(condition: $c, duration: $d) { name id value refId } }';
  return [
    gql('metadata', all, { d }),
    ...services.map(({ id }) => gql('a service', one, { d, id, s: id })),
    ...services.map(({ name }) => gql('records', slow, { d, c: { name: 'top_n_database_statement', parentEntity: { serviceName: name, normal: true }, topN: 10, order: 'DES' } })),
    gql('coverage', 'query ($d: Duration!) { signalCoverage(duration: $d) { service model requests tokens missing noBackend unfinished atBorder signals { signal sent requests { count missing percent } tokens { count missing percent } } explanation } }', { d }),
  ];
}

const span = `traceId segmentId spanId parentSpanId refs { traceId parentSegmentId parentSpanId type } serviceCode serviceInstanceName startTime endTime endpointName
  type peer component isError layer tags { key value } logs { time data { key value } }`;

function traceQuestions({ window, services, traceIds }: Inventory): readonly Question[] {
  const queryDuration = durationOf(window);
  const conditions: readonly object[] = [
    {}, { traceState: 'ERROR' }, { traceState: 'SUCCESS' }, { queryOrder: 'BY_DURATION' }, { minTraceDuration: 500 }, { maxTraceDuration: 300 },
    { minTraceDuration: 100, maxTraceDuration: 2000, queryOrder: 'BY_DURATION', traceState: 'SUCCESS' },
    { tags: [{ key: 'gen_ai.request.model', value: 'gpt-4o' }] }, { tags: [{ key: 'http.response.status_code', value: '200' }] }, { tags: [{ key: 'no.such.tag', value: 'x' }] },
    { paging: { pageNum: 2, pageSize: 7 } }, { paging: { pageNum: 3, pageSize: 7 }, queryOrder: 'BY_DURATION' },
    ...services.flatMap(({ id, instances, endpoints }) => [
      { serviceId: id },
      { serviceId: id, queryOrder: 'BY_DURATION', traceState: 'ERROR' },
      ...instances.slice(0, 2).map((instance) => ({ serviceId: id, serviceInstanceId: instance.id })),
      ...endpoints.slice(0, 2).map((endpoint) => ({ serviceId: id, endpointId: endpoint.id })),
    ]),
    ...traceIds.slice(0, 3).map((traceId) => ({ traceId })),
  ];
  const list = 'query ($c: TraceQueryCondition) { queryBasicTraces(condition: $c) { traces { segmentId endpointNames duration start isError traceIds } } }';
  const whole = `query ($c: TraceQueryCondition) { queryTraces(condition: $c) { cut traces { cut spans { ${span} } } } }`;
  const base: Element = { queryDuration, traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: { pageNum: 1, pageSize: 20 } };
  const names = 'query ($d: Duration!) { queryTraceTagAutocompleteKeys(duration: $d) a: queryTraceTagAutocompleteValues(tagKey: "http.response.status_code", duration: $d) b: queryTraceTagAutocompleteValues(tagKey: "gen_ai.request.model", duration: $d) }';
  const one = `query ($id: ID!) { queryTrace(traceId: $id) { cut spans { ${span} } modelCalls { id cost { totalUsd source } } } }`;
  return [
    ...conditions.flatMap((condition) => {
      const c: Element = { ...base, ...condition };
      const byTime = c['queryOrder'] === 'BY_START_TIME';
      return [gql('traces', list, { c }, listBy(['queryBasicTraces', 'traces'], byTime ? 'start' : 'duration')), gql('whole traces', whole, { c }, wholeTraces)];
    }),
    ...[...new Set(traceIds), 'f'.repeat(32)].map((id) => gql('a trace', one, { id }, oneTrace)),
    gql('names of tags', names, { d: queryDuration }),
  ];
}

function http(title: string, port: string, path: string): Question {
  const ask = async ({ host }: RunningServer): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${host.ports.extra[port]}${path}`);
    return { status: response.status, body: await response.text() };
  };
  return { title: `${title} ${path}`, ask };
}

function zipkinQuestions({ window, services, traceIds }: Inventory): readonly Question[] {
  const range = `endTs=${window.toMs + 60_000}&lookback=${window.toMs - window.fromMs + 60_000}&limit=30`;
  const paths = [
    '/services', '/autocompleteKeys', '/autocompleteValues?key=http.response.status_code', `/traces?${range}`, `/traces?${range}&minDuration=500000`,
    `/traces?${range}&annotationQuery=error`, `/trace/${traceIds[0] ?? ''}`, `/traceMany?traceIds=${[...new Set(traceIds)].slice(0, 5).join(',')}`,
    ...services.flatMap(({ name }) => [`/spans?serviceName=${name}`, `/remoteServices?serviceName=${name}`, `/traces?${range}&serviceName=${name}`]),
  ];
  return paths.map((path) => {
    const question = http('zipkin', 'endpoint/zipkin', `/zipkin/api/v2${path}`);
    return /^\/trace/.test(path) ? { ...question, order: zipkinTraces } : question;
  });
}

const call = `id traceId spanId requestId startTime durationMs source dialect service instance user session team dimensions { key value } gateway route provider model requestModel
  responseModel operation streaming finishReason status errorType endState tokens { input cacheRead cacheWrite5m cacheWrite1h output reasoning audioInput audioOutput }
  timeToFirstTokenMs timePerOutputTokenMs serviceTier cost { source totalUsd inputUsd cacheReadUsd cacheWriteUsd outputUsd reasoningUsd audioUsd priceVersion tier } revision`;
const measures = [
  'calls', 'errors', 'inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens', 'costUsd',
  'latencyP50', 'latencyP95', 'latencyP99', 'ttftP50', 'ttftP95', 'ttftP99',
];

function callQuestions({ window, services, calls }: Inventory): readonly Question[] {
  const queryDuration = durationOf(window);
  const conditions: readonly object[] = [
    {}, { order: 'BY_COST' }, { order: 'BY_DURATION' }, { status: 'error' }, { provider: 'openai' }, { model: 'gpt-4o' }, { operation: 'chat', status: 'ok', order: 'BY_COST' },
    { minCostUsd: '0.001' }, { maxCostUsd: '0.001', order: 'BY_COST' }, { tags: [{ key: 'team', value: 'search' }] }, ...services.map(({ name }) => ({ service: name })),
    ...calls.slice(0, 3).map(({ traceId }) => ({ traceId })),
  ];
  const list = `query ($c: ModelCallCondition!, $p: Pagination) { queryModelCalls(condition: $c, paging: $p) { calls { ${call} } } }`;
  const groups = ['provider', 'model', 'service', 'instance', 'user', 'session', 'team', 'status', 'errorType', 'operation', 'gateway'];
  const by = 'query ($by: [String!]!, $of: [String!]!, $d: Duration!, $c: ModelCallCondition) { modelCallBreakdown(groupBy: $by, measures: $of, duration: $d, condition: $c) { groups { key value } time measures { name value } } }';
  const breakdowns = [[], ...groups.map((group) => [group]), ['provider', 'model', 'status'], ['time'], ['time', 'model']];
  return [
    ...conditions.flatMap((condition) =>
      [{ pageSize: 500 }, { pageNum: 2, pageSize: 7 }].map((p) => gql('calls', list, { c: { queryDuration, ...condition }, p }, callsInOrder((condition as { order?: string }).order))),
    ),
    ...calls.map(({ id }) => gql('a call', `query ($id: ID!) { modelCall(id: $id) { ${call} content { key value } } }`, { id })),
    ...breakdowns.flatMap((groupBy) => [{}, { provider: 'openai' }].map((c) => gql('breakdown', by, { by: groupBy, of: measures, d: queryDuration, c }))),
    gql('unpriced', 'query ($d: Duration!) { unpricedModels(duration: $d) { provider model calls inputTokens outputTokens lastSeen } }', { d: queryDuration }),
  ];
}

function callsInOrder(order = 'BY_START_TIME'): NonNullable<Question['order']> {
  const key: Readonly<Record<string, (call: Element) => unknown>> = {
    BY_START_TIME: ({ startTime }) => startTime, BY_DURATION: ({ durationMs }) => durationMs, BY_COST: ({ cost }) => (cost as Element)['totalUsd'],
  };
  return (answer) => (answer as { queryModelCalls: { calls: readonly Element[] } }).queryModelCalls.calls.map((element) => ({ key: key[order]!(element), element }));
}

function logQuestions({ window, services, traceIds }: Inventory): readonly Question[] {
  const queryDuration = durationOf(window);
  const conditions: readonly object[] = [
    {}, { queryOrder: 'ASC' }, { keywordsOfContent: ['gpt'] }, { keywordsOfContent: ['gpt-4o', '200'] }, { excludingKeywordsOfContent: ['200'] }, { keywordsOfContent: ['nothing like this'] },
    { tags: [{ key: 'response_code', value: '429' }] }, { tags: [{ key: 'level', value: 'error' }], queryOrder: 'ASC' }, { paging: { pageNum: 3, pageSize: 9 } },
    ...services.flatMap(({ id, instances }) => [
      { serviceId: id }, { serviceId: id, keywordsOfContent: ['e'], queryOrder: 'ASC' }, { serviceId: id, tags: [{ key: 'response_code', value: '200' }] },
      ...instances.slice(0, 1).map((instance) => ({ serviceId: id, serviceInstanceId: instance.id })),
    ]),
    ...traceIds.slice(0, 5).map((traceId) => ({ relatedTrace: { traceId }, queryDuration: undefined })),
  ];
  const list = `query ($c: LogQueryCondition) { queryLogs(condition: $c) { errorReason logs { serviceName serviceId serviceInstanceName endpointName traceId timestamp contentType content
    tags { key value } spanId severity layer modelCall { id status } } } }`;
  const names = 'query ($d: Duration!) { queryLogTagAutocompleteKeys(duration: $d) queryLogTagAutocompleteValues(tagKey: "response_code", duration: $d) }';
  return [
    ...conditions.map((condition) => gql('logs', list, { c: { queryDuration, paging: { pageNum: 1, pageSize: 50 }, ...condition } }, listBy(['queryLogs', 'logs'], 'timestamp'))),
    gql('names of log tags', names, { d: queryDuration }),
  ];
}

function logqlQuestions({ window, services }: Inventory): readonly Question[] {
  const range = { start: `${window.fromMs}000000`, end: `${window.toMs + 60_000}000000`, limit: '500' };
  const ask = (path: string, parameters: Readonly<Record<string, string>>): Question =>
    http('logql', 'endpoint/logql', `/loki/api/v1${path}?${new URLSearchParams(parameters).toString()}`);
  return [
    ask('/labels', { start: range.start, end: range.end }), ask('/label/service/values', { start: range.start, end: range.end }),
    ...services.flatMap(({ name }) => [
      ask('/query_range', { ...range, query: `{service="${name}"}` }), ask('/query_range', { ...range, direction: 'FORWARD', query: `{service="${name}"} |= "gpt" != "200"` }),
      ask('/query', { query: `sum by (response_code) (count_over_time({service="${name}"}[60m]))`, time: range.end }),
    ]),
  ];
}
