/** What `outputType` may be, and which fields each has. */
import type { OutputType } from '../plan.js';
import type { RuleRun } from './run.js';
import type { Kind } from './values.js';

/** Where a field goes that every kind of output may have. */
export type LogField = 'service' | 'instance' | 'endpoint' | 'layer' | 'traceId' | 'segmentId' | 'spanId' | 'timestamp';

export interface FieldType {
  readonly kind: Kind;
  /** Of the log itself; undefined: one of `fields` of the outcome. */
  readonly log?: LogField;
  /** An enumeration: written in capitals. */
  readonly capital?: true;
}

const text: FieldType = { kind: 'text' };
const common: readonly (readonly [string, FieldType])[] = [
  ['service', { kind: 'text', log: 'service' }],
  ['layer', { kind: 'text', log: 'layer' }],
  ['traceId', { kind: 'text', log: 'traceId' }],
  ['timestamp', { kind: 'long', log: 'timestamp' }],
];
const instance: FieldType = { kind: 'text', log: 'instance' };
const serviceName: readonly [string, FieldType] = ['serviceName', { kind: 'text', log: 'service' }];

export const outputFields: Readonly<Record<OutputType, ReadonlyMap<string, FieldType>>> = {
  Log: new Map<string, FieldType>([
    ...common,
    ['instance', instance],
    ['serviceInstance', instance],
    ['endpoint', { kind: 'text', log: 'endpoint' }],
    ['segmentId', { kind: 'text', log: 'segmentId' }],
    ['spanId', { kind: 'text', log: 'spanId' }],
  ]),
  SlowSQL: new Map<string, FieldType>([...common, serviceName, ['id', text], ['statement', text], ['latency', { kind: 'long' }]]),
  SampledTrace: new Map<string, FieldType>([
    ...common,
    serviceName,
    ['instance', instance],
    ['serviceInstanceName', instance],
    ['latency', { kind: 'long' }],
    ['uri', text],
    ['reason', { kind: 'text', capital: true }],
    ['processId', text],
    ['destProcessId', text],
    ['detectPoint', { kind: 'text', capital: true }],
    ['componentId', { kind: 'int' }],
  ]),
};

const classNames: ReadonlyMap<string, OutputType> = new Map([
  ['Log', 'Log'], ['LogBuilder', 'Log'], ['SlowSQL', 'SlowSQL'], ['DatabaseSlowStatementBuilder', 'SlowSQL'],
  ['SampledTrace', 'SampledTrace'], ['SampledTraceBuilder', 'SampledTrace'],
]);

export const outputTypeNames: readonly string[] = Object.keys(outputFields);

/** A short name, or the Java class that upstream has for it. */
export function outputTypeOf(name: string): OutputType | undefined {
  const last = name.split('.').at(-1) ?? name;
  const found = classNames.get(last);
  return found !== undefined && (name === found || name.includes('.')) ? found : undefined;
}

type SetText = (run: RuleRun, value: string | undefined) => void;

/** "" of a service or a layer is not said; of others it is "none". */
export const textSetters: Readonly<Record<Exclude<LogField, 'spanId' | 'timestamp'>, SetText>> = {
  service: (run, value) => void (run.service = value === '' ? undefined : value),
  layer: (run, value) => void (run.layer = value === '' ? undefined : value),
  instance: (run, value) => void (run.instance = value),
  endpoint: (run, value) => void (run.endpoint = value),
  traceId: (run, value) => void (run.traceId = value),
  segmentId: (run, value) => void (run.segmentId = value),
};
