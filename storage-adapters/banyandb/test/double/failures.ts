import { status } from '@grpc/grpc-js';

/** An answer with an error: thrown by the double's services, sent as gRPC status. */
export class Failure extends Error {
  constructor(readonly code: status, message: string) {
    super(message);
  }
}

/** What the server says for most of its own errors. */
export function unknown(message: string): Failure {
  return new Failure(status.UNKNOWN, message);
}

export function invalid(message: string): Failure {
  return new Failure(status.INVALID_ARGUMENT, message);
}

export function notFound(): Failure {
  return new Failure(status.NOT_FOUND, 'banyandb: resource not found');
}

export function alreadyExists(): Failure {
  return new Failure(status.ALREADY_EXISTS, 'banyandb: resource already exists');
}
