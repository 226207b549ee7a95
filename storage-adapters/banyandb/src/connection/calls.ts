/** Single questions to the server, for the registry and its barrier. */
import type { MethodName } from '../protocol/methods.js';

/**
 * `call` takes and gives plain objects: fields in camelCase, enums by name, int64 as Long (number, text or Long in requests);
 * an answer has every field: [] '' 0 false where nothing was sent, null for a missing message.
 *
 * Rejects with a MeterlarkError whose cause is a CallFailure when the server itself answered; passing failures were tried again.
 */
export interface BanyanCalls {
  call<T>(method: MethodName, request: object): Promise<T>;
}

/** What the server, or the way to it, said: the number of a gRPC status and its text. */
export class CallFailure extends Error {
  constructor(
    readonly status: number,
    readonly details: string,
    options?: ErrorOptions,
  ) {
    super(`gRPC status ${status}: ${details}`, options);
    this.name = 'CallFailure';
  }
}

/** The numbers of gRPC that are told apart here. */
export const grpcStatus = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** The gRPC status behind an error of `call`; undefined when no server answered. */
export function statusOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof CallFailure ? cause.status : undefined;
}
