/** Between fastify's requests and replies and the plain ones of the contract. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpResponse } from '../contract/server.js';
import { serverErrors } from './errors.js';
import type { LifecycleState } from './state.js';
import type { TlsMaterial } from './tls.js';

export function health(state: LifecycleState): HttpResponse {
  const current = state.current();
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status: current === 'ready' ? 200 : 503, headers, body: JSON.stringify({ status: current }) };
}

export function send(reply: FastifyReply, response: HttpResponse): FastifyReply {
  const { body } = response;
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
  const headers = { 'x-content-type-options': 'nosniff', 'content-type': type, ...response.headers };
  // As a Buffer, because fastify would add a charset to the content type of a string.
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return reply.code(response.status).headers(headers).send(bytes);
}

export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** A target that begins with a slash is a path whatever follows: two slashes do not name another host. */
export function urlOf({ raw }: FastifyRequest): URL {
  const target = raw.url ?? '/';
  try {
    return target.startsWith('/') ? new URL(`http://host${target}`) : new URL(target, 'http://host');
  } catch (error) {
    throw serverErrors.METERLARK_SERVER_BAD_REQUEST({ reason: 'its path is malformed' }, error);
  }
}

export function firstOfEach(parameters: URLSearchParams): Record<string, string> {
  const values = Object.create(null) as Record<string, string>;
  for (const [name, value] of parameters) values[name] ??= value;
  return values;
}

export function httpsOptions(tls: TlsMaterial): Record<string, unknown> {
  const clients = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true };
  return { cert: tls.cert, key: tls.key, ...clients };
}
