/** A ClickHouse server over HTTP. The client package is loaded here and only when this connection is chosen. */
import { Readable } from 'node:stream';
import { redactUrl } from '@meterlark/core';
import { storageErrors } from '../errors.js';
import { statementBytes, usualStatementBytes } from '../read-settings.js';
import { toStorageError } from './classify.js';
import type { Connection, InsertRequest } from './connection.js';
import { InFlight } from './in-flight.js';
import { insertSql } from './insert-sql.js';

export interface ServerOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly cluster: string;
  readonly compression: boolean;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly tls: TlsFiles | undefined;
}

/** Contents, not names. */
export interface TlsFiles {
  readonly ca: Buffer;
  readonly client: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

type RequestParameters = { readonly wait_end_of_query: 1; readonly max_query_size?: string };

interface HttpClient {
  exec(params: { query: string; values?: Readable; clickhouse_settings?: RequestParameters }): Promise<{ stream: Readable }>;
  close(): Promise<void>;
}

export async function openServer(options: ServerOptions): Promise<Connection> {
  checkUrl(options.url);
  const { ClickHouseLogLevel, createClient } = await import('./http-client.js');
  const client = createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    application: 'meterlark',
    // Errors are thrown to us, who log them once and in our own form.
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: options.requestTimeoutMs,
    max_open_connections: options.maxConnections,
    compression: { request: options.compression, response: options.compression },
    ...(options.tls === undefined ? {} : { tls: tlsOf(options.tls) }),
  });
  return new ServerConnection(options, client);
}

function tlsOf(files: TlsFiles): { ca_cert: Buffer } | { ca_cert: Buffer; cert: Buffer; key: Buffer } {
  return files.client === undefined ? { ca_cert: files.ca } : { ca_cert: files.ca, ...files.client };
}

function checkUrl(url: string): void {
  const known = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
  if (known) return;
  throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING({
    key: 'url',
    value: redactUrl(url),
    reason: 'it must be like http://host:8123 or https://host:8443',
  });
}

class ServerConnection implements Connection {
  private readonly inFlight = new InFlight();

  constructor(
    private readonly options: ServerOptions,
    private readonly client: HttpClient,
  ) {}

  command(sql: string): Promise<void> {
    return this.inFlight.run(async () => {
      await this.request(sql);
    });
  }

  query(sql: string): Promise<Uint8Array> {
    return this.inFlight.run(() => this.request(`${sql} FORMAT Native`));
  }

  insert(requests: readonly InsertRequest[]): Promise<void> {
    return this.inFlight.run(async () => {
      for (const request of requests) await this.request(insertSql(request, this.options), request.blocks);
    });
  }

  /** A server has no spool here: the caller keeps what was not accepted. */
  recover(): Promise<number> {
    return Promise.resolve(0);
  }

  async close(): Promise<void> {
    await this.inFlight.drain();
    await this.client.close();
  }

  private async request(sql: string, blocks?: readonly Uint8Array[]): Promise<Uint8Array> {
    try {
      const { stream } = await this.client.exec({
        query: sql,
        ...(blocks === undefined ? {} : { values: Readable.from(blocks, { objectMode: false }) }),
        // A parameter of the HTTP interface, not a setting: an error after the first rows still gets its status code.
        clickhouse_settings: { wait_end_of_query: 1, ...roomFor(sql) },
      });
      return await collect(stream);
    } catch (error) {
      throw toStorageError(error, this.options);
    }
  }
}

/** The parser reads it before the statement's own settings. */
function roomFor(sql: string): { readonly max_query_size?: string } {
  return Buffer.byteLength(sql) <= usualStatementBytes ? {} : { max_query_size: String(statementBytes) };
}

async function collect(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
