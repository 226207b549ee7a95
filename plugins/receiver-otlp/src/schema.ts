/**
 * The messages of OTLP 1.x that this receiver reads, as data: names and numbers are the protocol's. The JSON form is
 * encoded by it, and faults in protobuf bytes are named by it; the hot decoders carry the numbers in their code.
 */
export type ScalarKind =
  | 'string'
  | 'bytes'
  /** bytes that the JSON form has as hex digits: trace and span ids. */
  | 'hex'
  | 'bool'
  | 'double'
  | 'fixed64'
  | 'sfixed64'
  | 'int64'
  | 'uint64'
  | 'uint32'
  | 'sint32'
  | 'enum';

export interface FieldSchema {
  /** lowerCamelCase, as in OTLP/JSON. */
  readonly name: string;
  readonly number: number;
  readonly kind: ScalarKind | 'message';
  readonly repeated: boolean;
  /** A thunk, because any-values hold any-values. */
  readonly message?: () => MessageSchema;
  /** Names of an enum's values, by number. */
  readonly values?: readonly string[];
}
export type MessageSchema = readonly FieldSchema[];

const one = (name: string, number: number, kind: ScalarKind): FieldSchema => ({ name, number, kind, repeated: false });
const many = (name: string, number: number, kind: ScalarKind): FieldSchema => ({ name, number, kind, repeated: true });
const child = (name: string, number: number, message: () => MessageSchema): FieldSchema => ({
  name,
  number,
  kind: 'message',
  repeated: false,
  message,
});
const children = (name: string, number: number, message: () => MessageSchema): FieldSchema => ({
  ...child(name, number, message),
  repeated: true,
});

const anyValue: MessageSchema = [
  one('stringValue', 1, 'string'),
  one('boolValue', 2, 'bool'),
  one('intValue', 3, 'int64'),
  one('doubleValue', 4, 'double'),
  child('arrayValue', 5, () => [children('values', 1, () => anyValue)]),
  child('kvlistValue', 6, () => [children('values', 1, () => keyValue)]),
  one('bytesValue', 7, 'bytes'),
];
const keyValue: MessageSchema = [one('key', 1, 'string'), child('value', 2, () => anyValue)];

const resource: MessageSchema = [children('attributes', 1, () => keyValue)];
const scope: MessageSchema = [
  one('name', 1, 'string'),
  one('version', 2, 'string'),
  children('attributes', 3, () => keyValue),
];

const times: MessageSchema = [one('startTimeUnixNano', 2, 'fixed64'), one('timeUnixNano', 3, 'fixed64')];

const numberPoint: MessageSchema = [
  ...times,
  one('asDouble', 4, 'double'),
  one('asInt', 6, 'sfixed64'),
  children('attributes', 7, () => keyValue),
  one('flags', 8, 'uint32'),
];

const histogramPoint: MessageSchema = [
  ...times,
  one('count', 4, 'fixed64'),
  one('sum', 5, 'double'),
  many('bucketCounts', 6, 'fixed64'),
  many('explicitBounds', 7, 'double'),
  children('attributes', 9, () => keyValue),
  one('flags', 10, 'uint32'),
];

const buckets: MessageSchema = [one('offset', 1, 'sint32'), many('bucketCounts', 2, 'uint64')];
const exponentialPoint: MessageSchema = [
  children('attributes', 1, () => keyValue),
  ...times,
  one('count', 4, 'fixed64'),
  one('sum', 5, 'double'),
  one('scale', 6, 'sint32'),
  one('zeroCount', 7, 'fixed64'),
  child('positive', 8, () => buckets),
  child('negative', 9, () => buckets),
  one('flags', 10, 'uint32'),
  one('zeroThreshold', 14, 'double'),
];

const quantile: MessageSchema = [one('quantile', 1, 'double'), one('value', 2, 'double')];
const summaryPoint: MessageSchema = [
  ...times,
  one('count', 4, 'fixed64'),
  one('sum', 5, 'double'),
  children('quantileValues', 6, () => quantile),
  children('attributes', 7, () => keyValue),
  one('flags', 8, 'uint32'),
];

const temporality: FieldSchema = {
  ...one('aggregationTemporality', 2, 'enum'),
  values: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map((name) => `AGGREGATION_TEMPORALITY_${name}`),
};

const metric: MessageSchema = [
  one('name', 1, 'string'),
  one('description', 2, 'string'),
  one('unit', 3, 'string'),
  child('gauge', 5, () => [children('dataPoints', 1, () => numberPoint)]),
  child('sum', 7, () => [children('dataPoints', 1, () => numberPoint), temporality, one('isMonotonic', 3, 'bool')]),
  child('histogram', 9, () => [children('dataPoints', 1, () => histogramPoint), temporality]),
  child('exponentialHistogram', 10, () => [children('dataPoints', 1, () => exponentialPoint), temporality]),
  child('summary', 11, () => [children('dataPoints', 1, () => summaryPoint)]),
];

const scopeMetrics: MessageSchema = [child('scope', 1, () => scope), children('metrics', 2, () => metric)];
const resourceMetrics: MessageSchema = [
  child('resource', 1, () => resource),
  children('scopeMetrics', 2, () => scopeMetrics),
];

/** ExportMetricsServiceRequest. */
export const metricsRequest: MessageSchema = [children('resourceMetrics', 1, () => resourceMetrics)];

const event: MessageSchema = [
  one('timeUnixNano', 1, 'fixed64'),
  one('name', 2, 'string'),
  children('attributes', 3, () => keyValue),
];

const link: MessageSchema = [
  one('traceId', 1, 'hex'),
  one('spanId', 2, 'hex'),
  one('traceState', 3, 'string'),
  children('attributes', 4, () => keyValue),
];

const status: MessageSchema = [
  one('deprecatedCode', 1, 'uint32'),
  one('message', 2, 'string'),
  { ...one('code', 3, 'enum'), values: ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`) },
];

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

const span: MessageSchema = [
  one('traceId', 1, 'hex'),
  one('spanId', 2, 'hex'),
  one('traceState', 3, 'string'),
  one('parentSpanId', 4, 'hex'),
  one('name', 5, 'string'),
  { ...one('kind', 6, 'enum'), values: kinds.map((name) => `SPAN_KIND_${name}`) },
  one('startTimeUnixNano', 7, 'fixed64'),
  one('endTimeUnixNano', 8, 'fixed64'),
  children('attributes', 9, () => keyValue),
  children('events', 11, () => event),
  children('links', 13, () => link),
  child('status', 15, () => status),
];

const scopeSpans: MessageSchema = [child('scope', 1, () => scope), children('spans', 2, () => span)];
const resourceSpans: MessageSchema = [child('resource', 1, () => resource), children('scopeSpans', 2, () => scopeSpans)];

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) => [name, ...[2, 3, 4].map((step) => `${name}${step}`)]);

const logRecord: MessageSchema = [
  one('timeUnixNano', 1, 'fixed64'),
  { ...one('severityNumber', 2, 'enum'), values: ['UNSPECIFIED', ...severities].map((name) => `SEVERITY_NUMBER_${name}`) },
  one('severityText', 3, 'string'),
  child('body', 5, () => anyValue),
  children('attributes', 6, () => keyValue),
  one('traceId', 9, 'hex'),
  one('spanId', 10, 'hex'),
  one('observedTimeUnixNano', 11, 'fixed64'),
  one('eventName', 12, 'string'),
];

const scopeLogs: MessageSchema = [child('scope', 1, () => scope), children('logRecords', 2, () => logRecord)];
const resourceLogs: MessageSchema = [child('resource', 1, () => resource), children('scopeLogs', 2, () => scopeLogs)];

/** ExportLogsServiceRequest. */
export const logsRequest: MessageSchema = [children('resourceLogs', 1, () => resourceLogs)];

/** ExportTraceServiceRequest. */
export const tracesRequest: MessageSchema = [children('resourceSpans', 1, () => resourceSpans)];
