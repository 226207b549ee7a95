/** The GraphQL questions a dashboard asks. */

export interface ExpressionAnswer {
  readonly type: string;
  readonly error: string | null;
  readonly results: readonly {
    readonly metric: { readonly labels: readonly { readonly key: string; readonly value: string }[] };
    readonly values: readonly { readonly id: string | null; readonly value: string | null }[];
  }[];
}

export interface Window {
  readonly step: 'MINUTE' | 'HOUR' | 'DAY';
  readonly fromMs: number;
  /** Start of the last bucket. */
  readonly toMs: number;
}

const digits: Readonly<Record<Window['step'], number>> = { MINUTE: 15, HOUR: 13, DAY: 10 };

export function durationOf({ step, fromMs, toMs }: Window): { start: string; end: string; step: string } {
  const text = (timeMs: number): string => {
    const iso = new Date(timeMs).toISOString();
    return `${iso.slice(0, 10)} ${iso.slice(11, 13)}${iso.slice(14, 16)}`.slice(0, digits[step]);
  };
  return { start: text(fromMs), end: text(toMs), step };
}

export async function graphql<T>(baseUrl: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch(`${baseUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: T; errors?: { message: string }[] };
  if (answer.data === undefined || (answer.errors ?? []).length > 0) {
    throw new Error(`${baseUrl} answered ${response.status}: ${(answer.errors ?? []).map(({ message }) => message).join('; ')}`);
  }
  return answer.data;
}

export interface Subject {
  readonly service: string;
  readonly instance?: string;
  /** Providers of models are not: nobody's agent runs in them. */
  readonly normal?: boolean;
}

/** Evaluates all expressions for one entity in one request. */
export async function evaluate(
  baseUrl: string,
  expressions: readonly string[],
  subject: Subject,
  window: Window,
): Promise<ExpressionAnswer[]> {
  const fields = expressions.map(
    (expression, index) =>
      `e${index}: execExpression(expression: ${JSON.stringify(expression)}, entity: $entity, duration: $duration)
       { type error results { metric { labels { key value } } values { id value } } }`,
  );
  const query = `query ($entity: Entity!, $duration: Duration!) { ${fields.join('\n')} }`;
  const entity = {
    serviceName: subject.service,
    normal: subject.normal ?? true,
    ...(subject.instance === undefined ? {} : { serviceInstanceName: subject.instance }),
  };
  const data = await graphql<Record<string, ExpressionAnswer>>(baseUrl, query, { entity, duration: durationOf(window) });
  return expressions.map((_, index) => data[`e${index}`]!);
}

/** Values of the first (only) series by bucket start. */
export function firstSeries(answer: ExpressionAnswer): Map<number, number | undefined> {
  if (answer.error !== null) throw new Error(answer.error);
  const values = answer.results[0]?.values ?? [];
  return new Map(values.map(({ id, value }) => [Number(id), value === null ? undefined : Number(value)]));
}

export interface LinkedCall {
  readonly model: string;
  readonly status: string;
  readonly errorType: string;
  readonly service: string;
  readonly cost: { readonly source: string };
}

export interface AnsweredLog {
  readonly timestamp: number;
  readonly content: string;
  readonly contentType: string;
  readonly traceId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly modelCall: LinkedCall | null;
  readonly trace: { readonly spans: readonly object[] } | null;
}

export interface LogQuestion {
  readonly service: string;
  readonly window: Window;
  readonly tags?: Readonly<Record<string, string>>;
  readonly keywords?: readonly string[];
  readonly without?: readonly string[];
  /** Asks for the model call and the trace of each. */
  readonly linked?: boolean;
}

const logsPerPage = 200;
/** A request shows so many traces at most. */
const linkedPerPage = 50;

/** All of them, page by page. */
export async function askLogs(baseUrl: string, { service, window, tags = {}, keywords, without, linked = false }: LogQuestion): Promise<AnsweredLog[]> {
  const links = linked ? 'modelCall { model status errorType service cost { source } } trace { spans { spanId } }' : '';
  const query = `query ($c: LogQueryCondition) { queryLogs(condition: $c) { logs { timestamp content contentType traceId tags { key value } ${links} } } }`;
  type Shown = Omit<AnsweredLog, 'tags'> & { readonly tags: readonly { readonly key: string; readonly value: string }[] };
  const found: AnsweredLog[] = [];
  const pageSize = linked ? linkedPerPage : logsPerPage;
  for (let pageNum = 1; found.length === (pageNum - 1) * pageSize; pageNum += 1) {
    const condition = {
      serviceId: `${Buffer.from(service).toString('base64')}.1`, queryDuration: durationOf(window), queryOrder: 'ASC', paging: { pageNum, pageSize },
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      ...(keywords === undefined ? {} : { keywordsOfContent: keywords }), ...(without === undefined ? {} : { excludingKeywordsOfContent: without }),
    };
    const { queryLogs } = await graphql<{ queryLogs: { logs: readonly Shown[] } }>(baseUrl, query, { c: condition });
    found.push(...queryLogs.logs.map((log) => ({ ...log, tags: Object.fromEntries(log.tags.map(({ key, value }) => [key, value])) })));
  }
  return found;
}
