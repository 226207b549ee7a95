/** What all services of this receiver share. */
import {
  isMeterlarkError,
  type AcceptedType,
  type GrpcServer,
  type HttpServer,
  type TelemetryBatch,
  type TelemetrySink,
} from '@meterlark/core';
import { reasonOfRefusal, refusalOf } from './fault.js';
import type { Kind, ReceiverCounters } from './receiver-counters.js';

export interface Servers {
  readonly grpc: GrpcServer;
  readonly http: HttpServer;
}

export interface ReceiverParts {
  readonly sink: TelemetrySink;
  readonly counters: ReceiverCounters;
  readonly limits: { readonly maxItems: number; readonly maxJsonBodyBytes: number };
}

/** `Commands` without a command. */
export const noCommands = Buffer.alloc(0);

/** Paths of a method: that of protocol 3, and that of agents from before the services had a package. */
export function paths(service: string, method: string, hasOldPath = true): readonly string[] {
  const path = `/skywalking.v3.${service}/${method}`;
  return hasOldPath ? [path, `/${service}/${method}`] : [path];
}

export class Receiver {
  constructor(readonly parts: ReceiverParts) {}

  /** Rejects as retryable when there is no room. */
  async handOver(kind: Kind, batch: TelemetryBatch): Promise<void> {
    const { sink, counters } = this.parts;
    try {
      const { rejected } = await sink.accept(batch);
      counters.rejectedAs(kind, 'analyzer', rejected);
    } catch (error) {
      if (isMeterlarkError(error) && error.class === 'retryable') counters.refusedNow(kind);
      throw error;
    }
  }

  /** Counts a message that cannot be used; throws what is not about the message. */
  passOver(kind: Kind, error: unknown): void {
    const reason = reasonOfRefusal(error);
    if (reason === undefined) throw error;
    this.parts.counters.rejectedAs(kind, reason);
  }

  /** Reads a message whose sender is told what is wrong with it. */
  demand<T>(kind: Kind, message: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const refusal = refusalOf(error, message, this.parts.limits.maxItems);
      this.parts.counters.rejectedAs(kind, reasonOfRefusal(error) ?? 'malformed');
      throw refusal ?? error;
    }
  }

  get json(): AcceptedType {
    const setting = { provider: 'receiver/skywalking', key: 'maxJsonBodyBytes' };
    return { mediaType: 'application/json', maxBodyBytes: this.parts.limits.maxJsonBodyBytes, setting };
  }

  /** A JSON twin of a method; answers `Commands` without a command. */
  post(http: HttpServer, path: string, handle: (body: Buffer) => void | Promise<void>): void {
    http.route({
      method: 'POST',
      path,
      access: 'receiver',
      accepts: [this.json],
      handler: async ({ body }) => {
        await handle(body);
        return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
      },
    });
  }
}
