/** A row of faults.yml whose input is a request to a running server. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { metricsExportPath } from '@meterlark/receiver-otlp';
import type { RunningServer } from '../server/support.js';

export interface PayloadRow {
  readonly title: string;
  readonly by: 'grpc' | 'http';
  /** Of an HTTP request; `POST /v1/metrics` unless given. */
  readonly request?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly given?: 'no room';
  /** HTTP status, or name of the gRPC status. */
  readonly status: number | keyof typeof status;
  /** Absent for points that were refused in an answer of success. */
  readonly code?: string;
  /** What the answer must name: a field, a path, an offset, a setting. */
  readonly key: string;
  readonly cure: string;
  /** Seconds after which the sender is asked to come again. */
  readonly retryAfter?: number;
}

/** One of the first five, changed by the others. */
interface Body {
  readonly text?: string;
  readonly hex?: string;
  readonly json?: unknown;
  readonly fixture?: string;
  /** So many bytes of zero. */
  readonly zeros?: number;
  /** Only the first so many bytes. */
  readonly cut?: number;
  readonly repeat?: number;
  readonly gzip?: boolean;
}

export interface PayloadAnswer {
  readonly status: number | string;
  /** Everything that the client was told. */
  readonly text: string;
  /** As the client finds it; undefined when it was not asked to come again. */
  readonly retryAfter: number | undefined;
}

export const tokens = { receiver: 'token-of-senders', query: 'token-of-readers' } as const;

export function sendRow(row: PayloadRow, server: RunningServer): Promise<PayloadAnswer> {
  const body = bytesOf(row.body ?? {});
  return row.by === 'grpc' ? sendGrpc(row, body, server) : sendHttp(row, body, server);
}

function bytesOf(body: Body): Buffer {
  let bytes = contentOf(body);
  if (body.cut !== undefined) bytes = bytes.subarray(0, body.cut);
  if (body.repeat !== undefined) bytes = Buffer.concat(Array.from({ length: body.repeat }, () => bytes));
  return body.gzip === true ? gzipSync(bytes) : bytes;
}

function contentOf({ text, hex, json, fixture, zeros }: Body): Buffer {
  if (fixture !== undefined) return readFileSync(new URL(`../fixtures/otlp-metrics/${fixture}`, import.meta.url));
  if (hex !== undefined) return Buffer.from(hex.replaceAll(' ', ''), 'hex');
  if (zeros !== undefined) return Buffer.alloc(zeros);
  return Buffer.from(text ?? (json === undefined ? '' : JSON.stringify(json)));
}

async function sendHttp(row: PayloadRow, body: Buffer, server: RunningServer): Promise<PayloadAnswer> {
  const [method = '', path = ''] = (row.request ?? 'POST /v1/metrics').split(' ');
  const token = path === '/graphql' ? tokens.query : tokens.receiver;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...row.headers };
  const answer = await fetch(`${server.httpUrl}${path}`, { method, headers, ...(method === 'GET' ? {} : { body: new Uint8Array(body) }) });
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, text: await readable(answer), retryAfter: retryAfter === null ? undefined : Number(retryAfter) };
}

/** JSON as its values, so that what is quoted in it reads as it was meant. */
async function readable(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!(answer.headers.get('content-type') ?? '').startsWith('application/json')) return text;
  const values: string[] = [];
  JSON.parse(text, (_key, value: unknown) => (typeof value === 'object' ? value : values.push(`${value as string | number | boolean}`)));
  return values.join('\n');
}

async function sendGrpc(row: PayloadRow, body: Buffer, server: RunningServer): Promise<PayloadAnswer> {
  const client = new Client(new URL(server.grpcUrl).host, credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries({ authorization: `Bearer ${tokens.receiver}`, ...row.headers })) metadata.set(name, value);
  const identity = (bytes: Buffer): Buffer => bytes;
  try {
    return await new Promise<PayloadAnswer>((resolve) => {
      client.makeUnaryRequest(row.request ?? metricsExportPath, identity, identity, body, metadata, (error, reply) => {
        resolve(error === null ? { status: 'OK', text: String(reply), retryAfter: undefined } : failure(error));
      });
    });
  } finally {
    client.close();
  }
}

function failure({ code, details, metadata }: ServiceError): PayloadAnswer {
  const [rich] = metadata.get('grpc-status-details-bin');
  const text = [details, ...metadata.get('meterlark-error').map(String)].join('\n');
  return { status: status[code], text, retryAfter: rich === undefined ? undefined : retrySeconds(Buffer.from(rich)) };
}

/** google.rpc.RetryInfo, packed into an Any: its retry_delay is field 1, whose field 1 are the seconds. */
function retrySeconds(rich: Buffer): number | undefined {
  const name = 'type.googleapis.com/google.rpc.RetryInfo';
  const start = rich.indexOf(name);
  const delay = start < 0 ? undefined : rich.subarray(start + name.length + 2);
  return delay?.[0] === 0x0a && delay[2] === 0x08 ? delay[3] : undefined;
}
