/** ClickHouse's HTTP interface, as much of it as the client uses, over the real engine (chDB); for tests only. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Session } from 'chdb';

export interface SeenRequest {
  readonly sql: string;
  readonly params: Readonly<Record<string, string>>;
  readonly bodyEncoding: string;
  readonly bodyBytes: number;
  readonly answerEncoding: string;
}

/** What happens to the next request instead of its execution. */
export type Fault =
  | { readonly kind: 'error'; readonly code: number; readonly name: string }
  /** Executes it, then drops the connection without an answer. */
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'gateway' };

export interface HttpFront {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly seen: SeenRequest[];
  readonly faults: Fault[];
  close(): Promise<void>;
}

const ownParameters = new Set(['query', 'query_id', 'database', 'wait_end_of_query', 'enable_http_compression', 'session_id', 'role', 'max_query_size']);

class EngineError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export async function startHttpFront(tls?: ServerOptions): Promise<HttpFront> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-front-'));
  const session = new Session(join(folder, 'engine'), { connectionArgs: ['--max_query_size=16777216'] });
  const seen: SeenRequest[] = [];
  const faults: Fault[] = [];
  const front = new Front(folder, session, seen, faults);
  const handle = (request: IncomingMessage, response: ServerResponse): void => void front.handle(request, response);
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: front.user,
    password: front.password,
    seen,
    faults,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      session.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Front {
  readonly user = 'tester';
  readonly password = "s'ecret:\\";
  private files = 0;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly session: Session,
    private readonly seen: SeenRequest[],
    private readonly faults: Fault[],
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    try {
      const fault = this.faults.shift();
      if (fault?.kind === 'reset') return void request.socket.destroy();
      if (fault?.kind === 'gateway') return void response.writeHead(502).end('<html>Bad gateway</html>');
      if (fault?.kind === 'error') throw new EngineError(fault.code, `Code: ${fault.code}. DB::Exception: told to fail. (${fault.name})`);
      const answer = await this.answer(request, raw);
      if (fault?.kind === 'lost-answer') return void request.socket.destroy();
      this.send(request, response, answer);
    } catch (error) {
      const code = error instanceof EngineError ? error.code : 1000;
      response.writeHead(code === 516 ? 403 : 500, { 'X-ClickHouse-Exception-Code': String(code) });
      response.end(`${error instanceof Error ? error.message : String(error)} (version 26.7.2.1)\n`);
    }
  }

  private async answer(request: IncomingMessage, raw: Buffer): Promise<Uint8Array> {
    this.authenticate(request);
    const params = Object.fromEntries(new URL(request.url ?? '/', 'http://front').searchParams);
    const bodyEncoding = request.headers['content-encoding'] ?? '';
    const body = bodyEncoding === 'gzip' ? gunzipSync(raw) : raw;
    const sql = params['query'] ?? body.toString('utf8');
    const answerEncoding = params['enable_http_compression'] === '1' ? (request.headers['accept-encoding'] ?? '') : '';
    this.seen.push({ sql, params, bodyEncoding, bodyBytes: raw.length, answerEncoding });
    for (const name of Object.keys(params)) {
      if (!ownParameters.has(name) && !name.startsWith('param_')) throw new EngineError(115, `Code: 115. DB::Exception: Unknown setting ${name}. (UNKNOWN_SETTING)`);
    }
    const run = this.tail.then(() => this.execute(sql, params, params['query'] === undefined ? undefined : body));
    this.tail = run.catch(() => undefined);
    return run;
  }

  /** Basic authentication, the user's headers, or a client certificate; like the server, never a certificate and a password. */
  private authenticate({ headers, socket }: IncomingMessage): void {
    const basic = headers.authorization === `Basic ${Buffer.from(`${this.user}:${this.password}`).toString('base64')}`;
    const named = headers['x-clickhouse-user'] === this.user;
    const password = named && headers['x-clickhouse-key'] === this.password;
    const trusted = socket instanceof TLSSocket && socket.authorized && headers['x-clickhouse-key'] === '';
    const byCertificate = headers['x-clickhouse-ssl-certificate-auth'] === 'on';
    if (byCertificate ? named && trusted : basic || password) return;
    throw new EngineError(516, 'Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)');
  }

  private async execute(sql: string, params: Record<string, string>, data: Buffer | undefined): Promise<Uint8Array> {
    try {
      if (params['database'] !== undefined) await this.session.queryAsync(`USE \`${params['database']}\``);
      if (data !== undefined && data.length > 0) return await this.insert(sql, data);
      const bound = Object.entries(params).filter(([name]) => name.startsWith('param_'));
      const values = Object.fromEntries(bound.map(([name, value]) => [name.slice('param_'.length), unescaped(value)]));
      const run = bound.length > 0 ? this.session.queryBindAsync(sql, values, { format: 'TSV' }) : this.session.queryAsync(sql, { format: 'TSV' });
      return (await run).bytes();
    } catch (error) {
      const code = error instanceof Error && 'clickhouseCode' in error ? Number(error.clickhouseCode) : 1000;
      throw new EngineError(code, error instanceof Error ? error.message : String(error));
    }
  }

  /** The engine's own way for binary data is a file. */
  private async insert(sql: string, data: Buffer): Promise<Uint8Array> {
    const path = join(this.folder, `body-${(this.files += 1)}`);
    await writeFile(path, data);
    try {
      const place = /\) (SETTINGS|FORMAT) /.exec(sql);
      if (place === null) throw new EngineError(62, 'Code: 62. DB::Exception: Syntax error: an INSERT with a column list. (SYNTAX_ERROR)');
      const at = place.index + 2;
      return (await this.session.queryAsync(`${sql.slice(0, at)}FROM INFILE '${path}' COMPRESSION 'none' ${sql.slice(at)}`)).bytes();
    } finally {
      await rm(path, { force: true });
    }
  }

  private send(request: IncomingMessage, response: ServerResponse, answer: Uint8Array): void {
    const wanted = new URL(request.url ?? '/', 'http://front').searchParams.get('enable_http_compression') === '1';
    const gzip = wanted && /gzip/.test((request.headers['accept-encoding'] ?? ''));
    response.writeHead(200, gzip ? { 'Content-Encoding': 'gzip' } : {});
    response.end(gzip ? gzipSync(answer) : answer);
  }
}

/** Parameters travel escaped as in TSV; the engine's binding escapes them itself. */
function unescaped(value: string): string {
  const letters: Record<string, string> = { n: '\n', t: '\t', r: '\r', 0: '\0' };
  return value.replace(/\\(.)/g, (_, letter: string) => letters[letter] ?? letter);
}
