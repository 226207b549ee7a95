/** The client streams that are open. */
import { ServerInterceptingCall, type Metadata, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { GrpcMessages } from './grpc-messages.js';

export interface StreamEvents {
  /** Answers the call and gives undefined when it may not be. */
  readonly admit: (path: string, call: ServerInterceptingCallInterface, metadata: Metadata) => GrpcMessages | undefined;
  readonly ended: (path: string) => void;
}

export class GrpcStreams {
  private readonly open = new Set<GrpcMessages>();
  private readonly byMetadata = new WeakMap<Metadata, GrpcMessages>();

  constructor(private readonly events: StreamEvents) {}

  /** The messages go past grpc-js's own stream. */
  intercept(path: string, call: ServerInterceptingCallInterface): ServerInterceptingCall {
    let messages: GrpcMessages | undefined;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            messages = this.events.admit(path, call, metadata);
            if (messages === undefined) return;
            this.open.add(messages);
            this.byMetadata.set(metadata, messages);
            proceed(metadata);
          },
          onReceiveMessage: (message: Buffer) => void messages?.message(message),
          onReceiveHalfClose: () => messages?.halfClosed(),
          // Called when the stream has closed, however the call went.
          onCancel: () => {
            if (messages === undefined || !this.open.delete(messages)) return;
            this.events.ended(path);
            messages.end();
          },
        }),
    });
  }

  /** The messages of the call with this metadata. */
  messages(metadata: Metadata): GrpcMessages {
    const messages = this.byMetadata.get(metadata);
    if (messages === undefined) throw new TypeError('a stream that was not admitted');
    return messages;
  }

  /** The handlers of all open streams get this in place of the next message. */
  fail(error: Error): void {
    for (const messages of this.open) messages.fail(error);
  }
}
