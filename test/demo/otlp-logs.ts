/** Sends log records with the logger and the exporters of the OpenTelemetry SDK, each at the time it happened. */
import { ROOT_CONTEXT, trace, type SpanContext } from '@opentelemetry/api';
import { SeverityNumber, type AnyValue, type Logger } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type LogRecordExporter, type LogRecordProcessor, type ReadableLogRecord, type SdkLogRecord } from '@opentelemetry/sdk-logs';
import { hrTime } from './otlp-spans.js';

const recordsPerExport = 512;

export type Level = 'INFO' | 'WARN' | 'ERROR';

export interface LogLine {
  /** Whole milliseconds. */
  readonly timeMs: number;
  readonly body: AnyValue;
  readonly attributes: Readonly<Record<string, string>>;
  /** Gateways do not tell it. */
  readonly level?: Level;
  /** undefined: of no trace. */
  readonly span: SpanContext | undefined;
}

/** Keeps records until they are sent: the SDK's own processors drop or wait. */
class Kept implements LogRecordProcessor {
  readonly records: ReadableLogRecord[] = [];

  onEmit(record: SdkLogRecord): void {
    this.records.push(record);
  }
  async forceFlush(): Promise<void> {
    // Nothing is under way.
  }
  async shutdown(): Promise<void> {
    // Nothing is held.
  }
}

export class OtlpLogs {
  private readonly kept = new Kept();
  private readonly logger: Logger;

  constructor(
    private readonly exporter: LogRecordExporter,
    resource: Readonly<Record<string, string>>,
    scope: string,
  ) {
    this.logger = new LoggerProvider({ resource: resourceFromAttributes(resource), processors: [this.kept] }).getLogger(scope);
  }

  record({ timeMs, body, attributes, level, span }: LogLine): void {
    const severity = level === undefined ? {} : { severityText: level, severityNumber: SeverityNumber[level] };
    const context = span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);
    this.logger.emit({ timestamp: hrTime(timeMs), body, attributes: { ...attributes }, ...severity, context });
  }

  async send(): Promise<void> {
    const { records } = this.kept;
    while (records.length > 0) await this.export(records.splice(0, recordsPerExport));
  }

  async shutdown(): Promise<void> {
    await this.exporter.shutdown();
  }

  private async export(records: ReadableLogRecord[]): Promise<void> {
    const result = await new Promise<{ code: number; error?: Error }>((done) => this.exporter.export(records, done));
    if (result.code !== 0) throw new Error('the server refused logs', { cause: result.error });
  }
}
