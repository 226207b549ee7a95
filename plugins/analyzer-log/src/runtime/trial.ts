/** Tries a rule on a log without storing anything: an analyzer of its own, over outlets that keep what they are given. */
import {
  logsModel, reasonOf, rowValue,
  type Clock, type FacetLists, type Logger, type LogTrial, type LogTrialResult, type MetricSample, type RecordRow, type RecordStream,
  type SeenEntities, type SeenService, type SelfMetrics, type StoredLog,
} from '@meterlark/core';
import { lalRunErrors, logErrors } from '../errors.js';
import type { LogRule } from '../plan.js';
import type { LogSettings } from '../settings.js';
import type { CompileRule } from './compilation.js';
import { LogAnalyzer } from './log-analyzer.js';
import { logDataBatch } from './log-data.js';

export interface LogTrialParts {
  readonly compile: CompileRule;
  readonly settings: LogSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class IsolatedLogTrial implements LogTrial {
  constructor(private readonly parts: LogTrialParts) {}

  async run(dsl: string, log: string): Promise<LogTrialResult> {
    const batch = logDataBatch(log);
    const { rules, layers, faults } = this.parts.compile(dsl);
    if (faults.length > 0) throw logErrors.METERLARK_LOG_RULES({ count: faults.length }, new AggregateError(faults));
    const rows: RecordRow[] = [];
    const samples: MetricSample[] = [];
    const failures: unknown[] = [];
    const analyzer = new LogAnalyzer({ ...this.parts, ...silent, records: keepingIn(rows), samples: { add: (_, more) => void samples.push(...more) } });
    analyzer.book.replace(rules.map((rule) => watched(rule, failures)), layers);
    await analyzer.start();
    analyzer.accept(batch);
    if (failures.length > 0) throw lalRunErrors.METERLARK_LAL_RUN({ rule: 'on trial', reason: reasonOf(failures[0]) }, failures[0]);
    const [row] = rows;
    return { log: row === undefined ? undefined : storedLog(row), samples };
  }
}

/** Remembers what the rule throws, which an analyzer only counts. */
function watched(rule: LogRule, failures: unknown[]): LogRule {
  const run: LogRule['run'] = (input, tools) => {
    try {
      return rule.run(input, tools);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  const { name, file, layer, outputType, runs, notes } = rule;
  return { name, file, layer, outputType, runs, notes, run };
}

const nobody: SeenService = {
  name: '', layer: '', entity: { tenant: '', id: '' }, seen: () => undefined, instance: () => nobody, endpoint: () => nobody,
};
const seen: SeenEntities = { generation: 0, service: () => nobody };
const facets: FacetLists = { set: () => ({ see: () => undefined }), stand: () => undefined };
const metrics: SelfMetrics = { counter: () => ({ add: () => undefined }), gauge: () => ({ set: () => undefined }), observe: () => undefined };
/** Takes logs of whatever time; nothing that a trial does is counted or listed. */
const silent = {
  seen, facets, metrics,
  stream: { hasRoom: () => true, acceptedMinutes: () => ({ first: 0, last: Math.floor(Number.MAX_SAFE_INTEGER / 60_000_000) - 1 }) },
};

/** Rows of logs; slow statements and sampled traces are no logs. */
function keepingIn(rows: RecordRow[]): RecordStream {
  return {
    open: async (model) => ({
      append: (row) => {
        if (model === logsModel) rows.push(Object.fromEntries(model.columns.map(({ name }, place) => [name, rowValue(row[place])])));
      },
    }),
    hasRoom: () => true,
    flush: async () => undefined,
  };
}

/** A row of logsModel, whose columns are of these types. */
function storedLog(row: RecordRow): StoredLog {
  const { time, span_id: spanId, trace_id: traceId, content_type: contentType, resource, ...rest } = row;
  const attributes: unknown = typeof resource === 'string' && resource !== '' ? JSON.parse(resource) : {};
  const others = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'sequence'));
  return { ...others, timeUs: time, traceId, spanId, contentType, resource: attributes } as unknown as StoredLog;
}
