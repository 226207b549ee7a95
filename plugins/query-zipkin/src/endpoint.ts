/** The resources below /zipkin. */
import {
  canonicalTraceId,
  jsonInTurns,
  LoopTurn,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  type TraceQuery,
} from '@meterlark/core';
import { zipkinErrors } from './errors.js';
import { searchOf, type SearchLimits } from './search.js';
import { zipkinSpan, type ZipkinSpan } from './zipkin-span.js';

const tenant = '';
const prefix = '/zipkin';
const maxNames = 10_000;
const hourUs = 3_600_000_000;
/** Zipkin says that lists of names may be kept when they are worth keeping. */
const fewNames = 3;

export class ZipkinEndpoint {
  constructor(
    private readonly traces: TraceQuery,
    private readonly clock: Clock,
    private readonly limits: SearchLimits,
  ) {}

  serve(server: HttpServer): void {
    const get = (path: string, handler: (request: HttpRequest) => Promise<HttpResponse>): void =>
      server.route({ method: 'GET', path: `${prefix}${path}`, access: 'query', handler });
    get('/config.json', async () => json(this.uiConfig()));
    get('/api/v2/services', () => this.names('span_name'));
    get('/api/v2/remoteServices', ({ query }) => this.namesOf('remote_service', query['serviceName']));
    get('/api/v2/spans', ({ query }) => this.namesOf('span_name', query['serviceName']));
    get('/api/v2/autocompleteKeys', () => this.names('zipkin_tag'));
    get('/api/v2/autocompleteValues', ({ query }) => this.namesOf('zipkin_tag', query['key']));
    get('/api/v2/traces', ({ query }) => this.search(query));
    get('/api/v2/traceMany', ({ query }) => this.many(query['traceIds'] ?? ''));
    get('/api/v2/trace/*', ({ path }) => this.trace(decoded(path.slice(`${prefix}/api/v2/trace/`.length))));
  }

  private async search(parameters: Readonly<Record<string, string>>): Promise<HttpResponse> {
    const { condition, page } = searchOf(parameters, this.limits, this.clock.now());
    const found = await this.spansOf(await this.traces.traceIds(condition, page));
    // Those that the limit of spans leaves nothing of.
    return json(found.filter((spans) => spans.length > 0));
  }

  private async trace(id: string): Promise<HttpResponse> {
    const [spans = []] = await this.spansOf([id]);
    return spans.length === 0 ? { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${id} not found` } : json(spans);
  }

  private async many(list: string): Promise<HttpResponse> {
    const ids = list.split(',').map((id) => id.trim()).filter((id) => id !== '');
    const seen = new Set<string>();
    const twice = ids.find((id) => seen.size === seen.add(canonicalTraceId(id)).size);
    if (twice !== undefined) throw zipkinErrors.METERLARK_ZIPKIN_DUPLICATE_ID({ id: twice.slice(0, 64) });
    const { maxTraces } = this.limits;
    if (ids.length > maxTraces) {
      throw zipkinErrors.METERLARK_ZIPKIN_BAD_PARAMETER({ name: 'traceIds', value: `${ids.length} ids`, expected: `a list of at most ${maxTraces}` });
    }
    return json((await this.spansOf(ids)).filter((spans) => spans.length > 0));
  }

  private async spansOf(ids: readonly string[]): Promise<readonly (readonly ZipkinSpan[])[]> {
    const shown: ZipkinSpan[][] = [];
    const turn = new LoopTurn();
    for (const { spans } of await this.traces.traces(tenant, ids)) {
      const views: ZipkinSpan[] = [];
      for (const span of spans) {
        views.push(zipkinSpan(span));
        if (turn.isOver) await turn.next();
      }
      shown.push(views);
    }
    return shown;
  }

  /** The keys of a list: services that have names in it, or tags. */
  private async names(list: string): Promise<HttpResponse> {
    return namesReply(await this.traces.facets({ tenant, ...this.everything(), list, limit: maxNames }));
  }

  private async namesOf(list: string, key: string | undefined): Promise<HttpResponse> {
    if (key === undefined || key === '') return json([]);
    return namesReply(await this.traces.facets({ tenant, ...this.everything(), list, key, limit: maxNames }));
  }

  /** As long as traces are kept. */
  private everything(): { readonly fromUs: number; readonly toUs: number } {
    return { fromUs: 0, toUs: this.clock.now() * 1000 + hourUs };
  }

  /** What Zipkin's own page asks first. */
  private uiConfig(): unknown {
    const { maxTraces, defaultLookbackMs } = this.limits;
    return {
      environment: '', queryLimit: Math.min(10, maxTraces), defaultLookback: defaultLookbackMs, searchEnabled: true,
      dependency: { enabled: false }, archivePostUrl: null, archiveUrl: null, logsUrl: null, supportUrl: null,
    };
  }
}

function namesReply(names: readonly string[]): Promise<HttpResponse> {
  const sorted = [...names].sort();
  return json(sorted, sorted.length > fewNames ? { 'cache-control': 'max-age=300, must-revalidate' } : {});
}

async function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body: await jsonInTurns(body) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
