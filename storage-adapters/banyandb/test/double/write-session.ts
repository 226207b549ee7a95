/** One write stream: what is wrong is answered at once, what is right when the client has closed its half. */
import { status as codes } from '@grpc/grpc-js';
import type { Answer } from './answer.js';
import { Failure, unknown } from './failures.js';
import type { MetadataMessage } from './messages.js';
import type { Registry } from './registry.js';
import type { RegistryObject } from './registry-objects.js';
import { schemaOf, type Schema } from './schema.js';
import type { DataKind } from './rows.js';
import type { Store } from './store.js';
import { bigintOf } from './values.js';
import { checkMessage, isForgotten, refusal, revisionRefusal, rowOf, specOf, type NewRow, type Spec, type WriteMessage } from './write-rows.js';

export interface WriteWorld {
  readonly registry: Registry;
  readonly store: Store;
  readonly version010: boolean;
  /** Status of a row that shall fail at once, if any. */
  rowFault(): string | undefined;
  /** Status of all rows of a batch that shall fail, if any. */
  batchFault(): string | undefined;
  /** true: the rows are stored, but the answer gets lost. */
  losesAnswer(): boolean;
  stored(kind: DataKind, rows: number): void;
}

interface Accepted {
  readonly schema: Schema;
  readonly message: WriteMessage;
  readonly metadata: MetadataMessage;
  readonly made: NewRow;
}

export class WriteSession {
  private metadata: MetadataMessage | undefined;
  private spec: Spec | undefined;
  private readonly accepted: Accepted[] = [];
  private ended = false;

  constructor(
    private readonly kind: DataKind,
    private readonly world: WriteWorld,
    private readonly call: Answer,
  ) {}

  end(): void {
    this.finish();
  }

  lost(): void {
    this.ended = true;
    this.publish();
  }

  take(message: object): void {
    if (this.ended) return;
    try {
      this.handle(message);
    } catch (error) {
      this.finish(error instanceof Failure ? error : new Failure(codes.INTERNAL, String(error)));
    }
  }

  private handle(message: WriteMessage): void {
    checkMessage(this.kind, message);
    if (message.metadata === undefined && this.metadata === undefined) throw unknown('metadata is required for the first request of gRPC stream');
    // Both are sticky, and the old spec goes on for new metadata.
    const metadata = message.metadata ?? this.metadata ?? {};
    this.metadata = metadata;
    this.spec = specOf(this.kind, message) ?? this.spec;
    const schema = schemaOf(this.world.registry, this.kind, metadata.group ?? '', metadata.name ?? '');
    const refused =
      this.world.rowFault() ??
      refusal(this.kind, schema, message, this.spec) ??
      revisionRefusal(schema, bigintOf(metadata.modRevision), this.world.version010);
    if (refused !== undefined) return this.answer(message, metadata, refused);
    const made = schema && rowOf(this.kind, schema, message, this.spec);
    if (schema === undefined || made === undefined) return this.answer(message, metadata, 'STATUS_INTERNAL_ERROR');
    this.accepted.push({ schema, message, metadata, made });
  }

  private answer(message: WriteMessage, metadata: MetadataMessage, status: string): void {
    const id = this.kind === 'trace' ? { version: message.version } : { messageId: message.messageId };
    this.call.write({ ...id, status, metadata });
  }

  /** Also what came before an error or a cancellation is stored. */
  private publish(status?: string): readonly Accepted[] {
    const rows = this.accepted.splice(0);
    if (status !== undefined) return rows;
    const { store } = this.world;
    const sequence = store.next();
    const latest = new Map<RegistryObject, number>();
    for (const { schema, message, made } of rows) {
      if (isForgotten(schema, message)) continue;
      const { timeMs } = made.row;
      store.segmentOf(this.kind, schema.group, timeMs)?.add(schema.name, made.entity, { ...made.row, sequence });
      latest.set(schema.group, Math.max(timeMs, latest.get(schema.group) ?? 0));
    }
    for (const [group, timeMs] of latest) store.removeOutlived(this.kind, group, timeMs);
    this.world.stored(this.kind, rows.length);
    return rows;
  }

  private finish(failure?: Failure): void {
    if (this.ended) return;
    this.ended = true;
    const tooLong = this.kind === 'trace' && this.accepted.find(({ schema, message }) => (message.tags ?? []).length > (this.spec?.families[0]?.tagNames.length ?? schema.tags.length));
    if (tooLong) {
      this.accepted.length = 0;
      return this.call.fail(codes.INTERNAL, 'the number of spans must match the number of tags');
    }
    const status = this.accepted.length === 0 ? undefined : this.world.batchFault();
    const rows = this.publish(status);
    if (this.world.losesAnswer()) {
      return this.call.fail(codes.UNAVAILABLE, 'the answer got lost');
    }
    for (const { message, metadata } of rows) this.answer(message, metadata, status ?? 'STATUS_SUCCEED');
    if (failure === undefined) this.call.end();
    else this.call.fail(failure.code, failure.message);
  }
}
