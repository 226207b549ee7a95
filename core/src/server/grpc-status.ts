/** Errors of the data path as gRPC statuses. */
import { Metadata, status as grpcCode } from '@grpc/grpc-js';
import { isMeterlarkError, type MeterlarkError } from '../kernel/error.js';
import { serverErrors } from './errors.js';
import { encodeRpcStatus } from './protobuf.js';

export const defaultRetryDelayMs = 1_000;
const maxDetailBytes = 2_048;

const codesOfOurOwn: Readonly<Record<string, grpcCode>> = {
  METERLARK_SERVER_DRAINING: grpcCode.UNAVAILABLE,
  METERLARK_SERVER_UNAUTHENTICATED: grpcCode.UNAUTHENTICATED,
  METERLARK_SERVER_INTERNAL: grpcCode.INTERNAL,
  METERLARK_SERVER_NOT_FOUND: grpcCode.NOT_FOUND,
  METERLARK_SERVER_BODY_TOO_LARGE: grpcCode.RESOURCE_EXHAUSTED,
};

export function grpcCodeOf(error: MeterlarkError): grpcCode {
  const own = codesOfOurOwn[error.code];
  if (own !== undefined) return own;
  return error.class === 'permanent' ? grpcCode.INVALID_ARGUMENT : grpcCode.RESOURCE_EXHAUSTED;
}

/** How long a sender should wait: the error's field `retryDelayMs`, or a second. undefined for permanent errors. */
export function retryDelayOf(error: MeterlarkError): number | undefined {
  if (error.class === 'permanent') return undefined;
  const given = error.fields['retryDelayMs'];
  return typeof given === 'number' && Number.isFinite(given) && given >= 0 ? given : defaultRetryDelayMs;
}

export interface GrpcStatus {
  readonly code: grpcCode;
  readonly details: string;
  readonly metadata: Metadata;
}

export function grpcStatusOf(error: MeterlarkError): GrpcStatus {
  const code = grpcCodeOf(error);
  const message = headerText(toldText(error));
  const metadata = new Metadata();
  const retryDelayMs = retryDelayOf(error);
  metadata.set('meterlark-error', error.code);
  metadata.set('grpc-status-details-bin', encodeRpcStatus({ code, message, retryDelayMs }));
  return { code, details: message, metadata };
}

/** What a client gets to read: most show nothing but this one text, so it says what to do as well. */
export function toldText({ message, cure }: MeterlarkError): string {
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${cure}`;
}

/** What was thrown, if it may be told to a client; anything else becomes a plain "failed", and `report` gets to see it. */
export function presentable(error: unknown, report: (error: unknown) => void): MeterlarkError {
  if (isMeterlarkError(error)) return error;
  report(error);
  return serverErrors.METERLARK_SERVER_INTERNAL();
}

/** Header values are short, and percent-encoding throws on lone surrogates. */
function headerText(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length <= maxDetailBytes ? bytes.toString('utf8') : `${bytes.toString('utf8', 0, maxDetailBytes)}…`;
}
