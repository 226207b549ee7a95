/** The resources below /loki/api/v1, as Grafana's Loki data source asks for them. */
import {
  isMeterlarkError,
  jsonInTurns,
  plainSource,
  type Clock,
  type HttpResponse,
  type HttpServer,
  type LogCondition,
  type LogGroup,
  type LogQuery,
  type TraceQuery,
} from '@meterlark/core';
import { LogCounts, type Series, type Steps } from './counts.js';
import { logqlErrors } from './errors.js';
import type { CountExpression, Expression, LogExpression } from './language/ast.js';
import { logql } from './language/parser.js';
import { isDescending, linesOf, queryOf, rangeOf, stepMs, timeUs, type Parameters, type TimeRange } from './parameters.js';
import { conditionOf, isSender, labelOf, senderLabels, TagLabels, unsupported } from './selection.js';
import { streamsOf } from './streams.js';

const tenant = '';
const prefix = '/loki/api/v1';
const maxLabels = 10_000;
const maxValues = 1000;
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };
const emptySelector: LogExpression = { type: 'logs', matchers: [], filters: [] };

export interface LogqlParts {
  readonly logs: LogQuery;
  readonly lists: Pick<TraceQuery, 'facets'>;
  readonly clock: Clock;
  readonly maxLines: number;
  readonly maxPoints: number;
}

export class LogqlEndpoint {
  private readonly counts: LogCounts;

  constructor(private readonly parts: LogqlParts) {
    this.counts = new LogCounts(parts.logs, parts.maxPoints);
  }

  serve(server: HttpServer): void {
    const get = (path: string, answer: (parameters: Parameters, path: string) => Promise<unknown>): void =>
      server.route({ method: 'GET', path, access: 'query', handler: (request) => reply(() => answer(request.query, request.path)) });
    get(`${prefix}/query_range`, (parameters) => this.queryRange(parameters));
    get(`${prefix}/query`, (parameters) => this.query(parameters));
    get(`${prefix}/labels`, (parameters) => this.labels(parameters));
    get(`${prefix}/label/*`, (parameters, path) => this.valuesAt(path, parameters));
    get(`${prefix}/series`, (parameters) => this.series(parameters));
    get(`${prefix}/index/stats`, (parameters) => this.stats(parameters));
    server.route({ method: 'GET', path: '/ready', access: 'open', handler: async () => plain(200, 'ready') });
  }

  private async queryRange(parameters: Parameters): Promise<unknown> {
    const range = rangeOf(parameters, this.nowMs());
    const query = queryOf(parameters);
    const expression = parse(query);
    const step = stepMs(parameters, range);
    if (expression.type === 'constant') {
      const values = constantPoints(range, step, this.parts.maxPoints).map((time) => [time, String(expression.value)] as const);
      return result('matrix', [{ metric: {}, values }]);
    }
    const tags = await this.tags();
    if (expression.type === 'count') {
      const steps = { firstUs: range.fromUs, lastUs: range.toUs, stepUs: step * 1000 };
      return result('matrix', await this.counted({ query, expression, range }, tags, steps));
    }
    const condition = conditionOf(query, expression, tags, range);
    const page = { descending: isDescending(parameters), limit: linesOf(parameters, this.parts.maxLines), offset: 0 };
    return result('streams', condition === undefined ? [] : streamsOf(await this.parts.logs.logs(condition, page)));
  }

  private async query(parameters: Parameters): Promise<unknown> {
    const query = queryOf(parameters);
    const expression = parse(query);
    const atUs = timeUs(parameters, 'time') ?? this.nowMs() * 1000;
    if (expression.type === 'constant') return result('vector', [{ metric: {}, value: [atUs / 1_000_000, String(expression.value)] }]);
    if (expression.type === 'logs') throw logqlErrors.METERLARK_LOGQL_NOT_INSTANT();
    const series = await this.counted({ query, expression, range: { fromUs: atUs, toUs: atUs } }, await this.tags());
    return result('vector', series.flatMap(({ metric, values: [value] }) => (value === undefined ? [] : [{ metric, value }])));
  }

  private async counted(
    { query, expression, range }: { readonly query: string; readonly expression: CountExpression; readonly range: TimeRange },
    tags: TagLabels,
    /** undefined: at one instant, the end of the range of time. */
    steps?: Steps,
  ): Promise<readonly Series[]> {
    if (expression.rangeMs < 1) throw unsupported(query, expression.at, 'a range below a millisecond');
    const condition = conditionOf(query, expression.logs, tags, range);
    if (condition === undefined) return [];
    const { counts } = this;
    return steps === undefined ? counts.instant(expression, condition, tags, range.toUs) : counts.series(expression, condition, tags, steps);
  }

  /** Who sent logs, and tags that were seen. */
  private async labels(parameters: Parameters): Promise<unknown> {
    const range = rangeOf(parameters, this.nowMs());
    const tags = await this.parts.lists.facets({ tenant, ...range, list: 'log_tag', limit: maxLabels });
    return success([...new Set([...senderLabels, ...tags.map(labelOf)])]);
  }

  private async valuesAt(path: string, parameters: Parameters): Promise<unknown> {
    const label = /^\/loki\/api\/v1\/label\/([A-Za-z0-9_]{1,256})\/values$/.exec(path)?.[1];
    if (label === undefined) throw logqlErrors.METERLARK_LOGQL_BAD_PARAMETER({ name: 'label', value: path.slice(0, 80), expected: 'a label' });
    const range = rangeOf(parameters, this.nowMs());
    const tags = await this.tags();
    if (isSender(label)) return success(await this.senders(this.selected(parameters['query'], tags, range), label));
    const key = tags.tag(label);
    if (key === undefined) return success([]);
    return success(await this.parts.lists.facets({ tenant, ...range, list: 'log_tag', key, limit: maxValues }));
  }

  /** Senders whose logs match. */
  private async series(parameters: Parameters): Promise<unknown> {
    const range = rangeOf(parameters, this.nowMs());
    const condition = this.selected(parameters['match[]'] ?? parameters['match'], await this.tags(), range);
    const groups: readonly LogGroup[] = [{ field: 'service' }, { field: 'instance' }, { field: 'endpoint' }];
    const counts = condition === undefined ? [] : await this.parts.logs.counts({ condition, by: groups, limit: maxValues });
    return success(counts.map(({ by: [service = '', instance = '', endpoint = ''] }) => present({ service, service_instance: instance, endpoint })));
  }

  private async stats(parameters: Parameters): Promise<unknown> {
    const range = rangeOf(parameters, this.nowMs());
    const condition = this.selected(parameters['query'], await this.tags(), range);
    const senders = condition === undefined ? [] : await this.parts.logs.counts({ condition, by: [{ field: 'service' }, { field: 'instance' }], limit: maxLabels });
    return { streams: senders.length, chunks: senders.length, entries: senders.reduce((total, { count }) => total + count, 0), bytes: 0 };
  }

  /** Trace ids are too many to be listed. */
  private async senders(condition: LogCondition | undefined, label: (typeof senderLabels)[number]): Promise<readonly string[]> {
    if (condition === undefined || label === 'trace_id') return [];
    const field = label === 'service_instance' ? 'instance' : label;
    const counts = await this.parts.logs.counts({ condition, by: [{ field }], limit: maxValues });
    return counts.flatMap(({ by: [value = ''] }) => (value === '' ? [] : [value]));
  }

  /** Nothing given selects everything. */
  private selected(query: string | undefined, tags: TagLabels, range: TimeRange): LogCondition | undefined {
    if (query === undefined || query.trim() === '') return conditionOf('', emptySelector, tags, range);
    const expression = parse(query);
    if (expression.type === 'logs') return conditionOf(query, expression, tags, range);
    if (expression.type === 'count') return conditionOf(query, expression.logs, tags, range);
    throw unsupported(query, 0, 'a constant');
  }

  /** Tags that may be searched by, seen or not. */
  private async tags(): Promise<TagLabels> {
    return new TagLabels(await this.parts.lists.facets({ tenant, ...always, list: 'log_tag_key', limit: maxLabels }));
  }

  private nowMs(): number {
    return this.parts.clock.now();
  }
}

function parse(query: string): Expression {
  return logql.parse(plainSource('query', query), (parser) => parser.query());
}

function constantPoints({ fromUs, toUs }: TimeRange, step: number, limit: number): readonly number[] {
  const count = Math.floor((toUs - fromUs) / (step * 1000)) + 1;
  if (count > limit) throw logqlErrors.METERLARK_LOGQL_TOO_MANY_POINTS({ count, limit });
  return Array.from({ length: Math.max(0, count) }, (_, place) => (fromUs + place * step * 1000) / 1_000_000);
}

function success(data: unknown): unknown {
  return { status: 'success', data };
}

function result(resultType: string, found: readonly unknown[]): unknown {
  return success({ resultType, result: found });
}

function present(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function plain(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** Faults of the request are told as text, as Loki does; the server answers all others. */
async function reply(answer: () => Promise<unknown>): Promise<HttpResponse> {
  try {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: await jsonInTurns(await answer()) };
  } catch (error) {
    if (isMeterlarkError(error) && error.class === 'permanent') return plain(400, error.message);
    throw error;
  }
}
