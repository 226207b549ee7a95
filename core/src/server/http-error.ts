/** Errors as HTTP answers: a google.rpc.Status in the encoding of the request, protobuf or JSON. */
import type { HttpResponse } from '../contract/server.js';
import { isMeterlarkError, type MeterlarkError } from '../kernel/error.js';
import { serverErrors } from './errors.js';
import { grpcCodeOf, retryDelayOf, toldText } from './grpc-status.js';
import { tooLarge, type BodyLimit } from './http-body.js';
import { mediaTypeOf } from './media-type.js';
import { encodeRpcStatus, type RpcStatus } from './protobuf.js';

const statusesOfOurOwn: Readonly<Record<string, number>> = {
  METERLARK_SERVER_DRAINING: 503,
  METERLARK_SERVER_UNAUTHENTICATED: 401,
  METERLARK_SERVER_NOT_FOUND: 404,
  METERLARK_SERVER_METHOD_NOT_ALLOWED: 405,
  METERLARK_SERVER_BODY_TOO_LARGE: 413,
  METERLARK_SERVER_UNSUPPORTED_ENCODING: 415,
  METERLARK_SERVER_UNSUPPORTED_MEDIA_TYPE: 415,
  METERLARK_SERVER_INTERNAL: 500,
};

export function httpStatusOf(error: MeterlarkError): number {
  return statusesOfOurOwn[error.code] ?? (error.class === 'permanent' ? 400 : 429);
}

function headersOf(error: MeterlarkError, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const delayMs = retryDelayOf(error);
  if (delayMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(delayMs / 1_000)));
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 405) headers['allow'] = String(error.fields['allowed']);
  if (status === 413) headers['connection'] = 'close';
  return headers;
}

/** Exporters log `message` and nothing else, so it holds all; programs may read `error` and `cure`. */
export function errorResponse(error: MeterlarkError, contentType: string | undefined): HttpResponse {
  const status = httpStatusOf(error);
  const headers = headersOf(error, status);
  const told = { code: grpcCodeOf(error), message: `${error.code}: ${toldText(error)}`, retryDelayMs: retryDelayOf(error) };
  if (mediaTypeOf(contentType) === 'application/x-protobuf') {
    return { status, headers: { ...headers, 'content-type': 'application/x-protobuf' }, body: encodeRpcStatus(told) };
  }
  const body = JSON.stringify({ ...statusAsJson(told), error: error.code, cure: error.cure });
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body };
}

/** protobuf's JSON form of google.rpc.Status. */
function statusAsJson({ code, message, retryDelayMs }: RpcStatus) {
  if (retryDelayMs === undefined) return { code, message };
  const retryDelay = `${retryDelayMs / 1_000}s`;
  return { code, message, details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }] };
}

/** Fastify's own refusals (size, lengths, malformed requests) in our words; undefined for anything else. */
export function refusalOf(error: unknown, limit: BodyLimit): MeterlarkError | undefined {
  if (isMeterlarkError(error)) return error;
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const status = error.statusCode;
  if (status === 413) return tooLarge(limit);
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return serverErrors.METERLARK_SERVER_BAD_REQUEST({ reason: 'its path, headers or body are malformed' }, error);
}
