/** The registry of a server in memory: the last writer wins, and it takes every change without a question, as 0.10 does. */
import Long from 'long';
import { banyanErrors } from '../../src/errors.js';
import { CallFailure, grpcStatus, type BanyanCalls } from '../../src/connection/calls.js';
import type { MethodName } from '../../src/protocol/methods.js';
import { messageType } from '../../src/protocol/root.js';
import { methods } from '../../src/protocol/methods.js';

type Stored = Record<string, unknown> & { metadata: { group: string; name: string; modRevision: Long } };

export interface FakeRegistryOptions {
  /** 0.10 has none. */
  readonly barrier?: boolean;
  /** Revisions that a node waits for behind the registry. */
  lateness?: () => number;
}

export class FakeRegistry implements BanyanCalls {
  readonly calls: string[] = [];
  readonly requests: { method: string; request: Record<string, unknown> }[] = [];
  /** Runs before a call is answered; what it throws is the answer. */
  before: (method: string, request: Record<string, unknown>) => void = () => undefined;
  private readonly objects = new Map<string, Stored>();
  private revision = Long.fromString('1795285477957056606');

  constructor(private readonly options: FakeRegistryOptions = {}) {}

  call<T>(method: MethodName, request: object): Promise<T> {
    const plain = request as Record<string, unknown>;
    this.calls.push(method);
    this.requests.push({ method, request: plain });
    return Promise.resolve().then(() => {
      this.before(method, plain);
      return this.asOnTheWire(method, 'response', this.answer(method, this.asOnTheWire(method, 'request', plain))) as T;
    });
  }

  /** Without what the kind of a call is not about, for another server's hand. */
  stored(kind: string, group: string, name: string): Stored | undefined {
    return this.objects.get(keyOf(kind, group, name));
  }

  remove(kind: string, group: string, name: string): void {
    this.objects.delete(keyOf(kind, group, name));
  }

  put(kind: string, message: Record<string, unknown>): Long {
    const { group = '', name = '' } = message.metadata as { group?: string; name?: string };
    this.revision = this.revision.add(1);
    const metadata = { ...(message.metadata as object), group, name, modRevision: this.revision };
    this.objects.set(keyOf(kind, group, name), { ...message, updatedAt: { seconds: 1_795_285_477 }, metadata });
    return this.revision;
  }

  /** Through the real message type: a field that it does not have, or a name no enum has, would be lost there too. */
  private asOnTheWire(method: MethodName, side: 'request' | 'response', value: object): Record<string, unknown> {
    const type = messageType(methods[method][side]);
    const problem = type.verify(type.fromObject(value));
    if (problem !== null) throw new Error(`${method}: ${problem}`);
    const bytes = type.encode(type.fromObject(value)).finish();
    return type.toObject(type.decode(bytes), { enums: String, longs: Long, defaults: true });
  }

  private answer(method: string, request: Record<string, unknown>): object {
    if (method === 'awaitRevisionApplied') return this.barrier(request);
    const [, kind = '', operation = ''] = /^(.+)Schema(.+)$/.exec(method) ?? [];
    switch (operation) {
      case 'List':
        return { [kind === 'property' ? 'properties' : kind]: this.list(kind, (request.group as string | undefined) ?? '') };
      case 'Create':
        return this.create(kind, request[kind] as Record<string, unknown>);
      case 'Update':
        return this.update(kind, request[kind] as Record<string, unknown>);
      default:
        throw new Error(`no ${method} here`);
    }
  }

  private list(kind: string, group: string): readonly Stored[] {
    return [...this.objects.entries()].filter(([key]) => key.startsWith(`${kind}|${group}|`)).map(([, stored]) => stored);
  }

  private create(kind: string, message: Record<string, unknown>): object {
    const { group, name } = message.metadata as { group: string; name: string };
    if (kind !== 'group' && !this.objects.has(keyOf('group', '', group))) throw refused(grpcStatus.notFound);
    if (this.objects.has(keyOf(kind, group, name))) throw refused(grpcStatus.alreadyExists);
    return { modRevision: this.put(kind, message) };
  }

  private update(kind: string, message: Record<string, unknown>): object {
    const { group, name } = message.metadata as { group: string; name: string };
    if (!this.objects.has(keyOf(kind, group, name))) throw refused(grpcStatus.unknown);
    // The real one orders properties by the time in the message, where there is one: that of before changes nothing.
    if (kind === 'property' && message.updatedAt !== null) return {};
    return { modRevision: this.put(kind, message) };
  }

  private barrier(request: Record<string, unknown>): object {
    if (this.options.barrier !== true) throw refused(grpcStatus.unimplemented);
    const known = this.revision.sub(this.options.lateness?.() ?? 0);
    const applied = known.greaterThanOrEqual(request.minRevision as Long);
    return { applied, laggards: applied ? [] : [{ node: 'data-1', reason: 'behind' }] };
  }
}

export function refused(status: number): Error {
  const cause = new CallFailure(status, 'as the test wants');
  return banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: 'a call', reason: cause.details }, cause);
}

function keyOf(kind: string, group: string, name: string): string {
  return `${kind}|${group}|${name}`;
}
