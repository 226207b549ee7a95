/** A place for the cases of conformance: groups of its own on a server, short forms for requests, short texts for answers. */
import { randomBytes } from 'node:crypto';
import type { ServiceError } from '@grpc/grpc-js';
import type { Answer, PlainClient, WriteAnswer } from '../client.js';

export type Version = 'main' | '0.10';
export type Kind = 'measure' | 'stream' | 'trace';

/** Whole minutes, an hour ago: in one day with what comes within half an hour, at most hours of the day. */
const day = 86_400_000;
export const baseMs = Math.floor(Date.now() / day) * day - day + 12 * 3_600_000;

export const str = (value: string): object => ({ str: { value } });
export const int = (value: number | string): object => ({ int: { value } });
export const float = (value: number): object => ({ float: { value } });
export const bin = (text: string): object => ({ binaryData: Buffer.from(text) });
export const strs = (...value: string[]): object => ({ strArray: { value } });
export const ints = (...value: number[]): object => ({ intArray: { value } });
export const nil = { null: 0 };
export const unset = {};
export const stamp = (ms: number): object => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 });
export const time = (ms: number): object => ({ timestamp: stamp(ms) });

export const condition = (name: string, op: string, value: object): object => ({ condition: { name, op: `BINARY_OP_${op}`, value } });
export const eq = (name: string, value: object): object => condition(name, 'EQ', value);
export const isIn = (name: string, ...values: string[]): object => condition(name, 'IN', strs(...values));
const joined = (op: string) => (...parts: object[]): object => parts.reduce((left, right) => ({ le: { op: `LOGICAL_OP_${op}`, left, right } }));
export const and = joined('AND');
export const or = joined('OR');

/** int64 comes as Long. */
type Number64 = number | { toString(): string };

interface AnyValue {
  readonly str?: { readonly value?: string };
  readonly int?: { readonly value?: Number64 };
  readonly float?: { readonly value?: number };
  readonly strArray?: { readonly value: readonly string[] };
  readonly binaryData?: Uint8Array;
  readonly timestamp?: { readonly seconds?: Number64; readonly nanos?: number };
}

/** A value as a short text: `"x"`, `5`, `null`, `["a"]`, `b:xyz`, `@ms`. */
export function shown(value: unknown): string {
  const { str: text, int: number, float: decimal, strArray: list, binaryData, timestamp } = value as AnyValue;
  if (text !== undefined) return JSON.stringify(text.value ?? '');
  if (number !== undefined) return (number.value ?? 0).toString();
  if (decimal !== undefined) return `f${decimal.value ?? 0}`;
  if (list !== undefined) return JSON.stringify(list.value);
  if (binaryData !== undefined) return `b:${Buffer.from(binaryData).toString()}`;
  return timestamp === undefined ? 'null' : `@${msOf(timestamp) - baseMs}`;
}

export function msOf(time: { readonly seconds?: Number64; readonly nanos?: number }): number {
  return Number((time.seconds ?? 0).toString()) * 1000 + (time.nanos ?? 0) / 1_000_000;
}

interface Row {
  readonly timestamp?: { readonly seconds?: Number64; readonly nanos?: number };
  readonly version?: unknown;
  readonly elementId?: string;
  readonly tagFamilies: readonly { readonly tags: readonly { readonly key: string; readonly value: unknown }[] }[];
  readonly fields?: readonly { readonly name: string; readonly value: unknown }[];
}

/** Tags, then fields, without names. */
export function rowText({ tagFamilies, fields = [] }: Row): string {
  const cells = [...tagFamilies.flatMap(({ tags }) => tags.map(({ value }) => value)), ...fields.map(({ value }) => value)];
  return cells.map(shown).join(' ');
}

export interface Lab {
  readonly client: PlainClient;
  readonly version: Version;
  readonly group: string;
  /** Tells of the failure of a call: `code: details`. */
  failure(call: Promise<unknown>): Promise<string>;
  write(kind: Kind, messages: readonly object[]): Promise<WriteAnswer>;
  /** Rows as texts, in the order of the answer. */
  measure(query: object): Promise<string[]>;
  stream(query: object): Promise<string[]>;
  /** `trace: span span`. */
  trace(query: object): Promise<string[]>;
  rows(kind: Kind, query: object): Promise<readonly Row[]>;
}

export const wide = { begin: stamp(baseMs - 3_600_000), end: stamp(baseMs + 3_600_000) };

interface Span {
  readonly spanId?: string;
  readonly span?: Uint8Array;
  readonly tags: readonly { readonly value: unknown }[];
}

export function spanText({ spanId = '', span = new Uint8Array(), tags }: Span): string {
  const cells = tags.map(({ value }) => shown(value)).join(' ');
  return `${spanId}[${Buffer.from(span).toString()}]${cells === '' ? '' : `(${cells})`}`;
}

const listed = { measure: 'dataPoints', stream: 'elements', trace: 'traces' } as const;

export function labOf(client: PlainClient, version: Version, group: string): Lab {
  const rows = async (kind: Kind, query: object): Promise<readonly Row[]> => {
    const answer: Answer = await client.query(kind, { groups: [group], timeRange: wide, limit: 100, ...query });
    return answer[listed[kind]] as readonly Row[];
  };
  return {
    client,
    version,
    group,
    failure: (call) =>
      call.then(
        () => 'no failure',
        (error: unknown) => `${(error as ServiceError).code}: ${(error as ServiceError).details}`,
      ),
    write: (kind, messages) => client.write(kind, messages),
    measure: async (query) => (await rows('measure', query)).map(rowText),
    stream: async (query) => (await rows('stream', query)).map(rowText),
    trace: async (query) => {
      const traces = (await rows('trace', query)) as unknown as readonly { traceId: string; spans: readonly Span[] }[];
      return traces.map(({ traceId, spans }) => `${traceId}: ${spans.map(spanText).join(' ')}`);
    },
    rows,
  };
}

export function freshName(): string {
  return `mlconf${randomBytes(5).toString('hex')}`;
}

export const oneDay = { unit: 'UNIT_DAY', num: 1 };

export function groupOf(name: string, catalog: string, ttlDays = 7): object {
  const lifetime = catalog === 'CATALOG_PROPERTY' ? {} : { segmentInterval: oneDay, ttl: { unit: 'UNIT_DAY', num: ttlDays } };
  return { metadata: { name }, catalog, resourceOpts: { shardNum: 1, ...lifetime } };
}
