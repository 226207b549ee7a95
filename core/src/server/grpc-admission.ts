/** Who may call: known methods, the server's state, tokens, and room for one more call or stream. */
import type { Access } from '../contract/server.js';
import type { Counter, SelfMetrics } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { MeterlarkError } from '../kernel/error.js';
import type { AccessControl } from './access.js';
import { serverErrors } from './errors.js';
import { Gate } from './gate.js';
import { sharedIdentity } from './identity.js';
import type { GrpcSettings } from './settings.js';
import type { LifecycleState } from './state.js';

export type CallKind = 'unary' | 'stream';

export interface AdmissionOptions {
  readonly settings: Pick<GrpcSettings, 'maxConcurrentCalls' | 'maxOpenStreams'>;
  readonly access: AccessControl;
  readonly state: LifecycleState;
  readonly metrics: SelfMetrics;
}

type LimitKey = 'maxConcurrentCalls' | 'maxOpenStreams';

interface Room {
  readonly gate: Gate;
  readonly key: LimitKey;
}

interface Method {
  readonly access: Access;
  readonly room: Room;
}

export class GrpcAdmission {
  private readonly methods = new Map<string, Method>();
  private readonly rooms: Readonly<Record<CallKind, Room>>;
  private readonly refused: Counter;

  constructor(private readonly options: AdmissionOptions) {
    const { settings, metrics } = options;
    const room = (key: LimitKey): Room => ({ gate: new Gate(settings[key]), key });
    // Apart, because streams live as long as their client likes: idle ones must not keep calls out.
    this.rooms = { unary: room('maxConcurrentCalls'), stream: room('maxOpenStreams') };
    const { unary, stream } = this.rooms;
    this.refused = metrics.counter('meterlark_grpc_refused_total', 'Calls and connections refused, by reason.', ['reason']);
    metrics.observe('meterlark_grpc_calls', 'gRPC calls in flight.', () => unary.gate.count);
    metrics.observe('meterlark_grpc_streams', 'Client streams open.', () => stream.gate.count);
  }

  add(path: string, access: Access, kind: CallKind): void {
    this.methods.set(path, { access, room: this.rooms[kind] });
  }

  /** Methods that plugins have added; the health service is not among them. */
  knows(path: string): boolean {
    return this.methods.has(path);
  }

  hasService(name: string): boolean {
    const prefix = `/${name}/`;
    return [...this.methods.keys()].some((path) => path.startsWith(prefix));
  }

  /** undefined lets the call pass; one of a known method then holds a place until `leave`. */
  refusal(path: string, header: (name: string) => string | undefined): MeterlarkError | undefined {
    const method = this.methods.get(path);
    const state = this.options.state.current();
    // Only the health service is not in the table: it answers in every state and under every load.
    if (method === undefined) return undefined;
    if (state !== 'ready') return this.count('draining', serverErrors.METERLARK_SERVER_DRAINING({ state }));
    const unauthenticated = this.options.access.refusal(method.access, header);
    if (unauthenticated !== undefined) return this.count('token', unauthenticated);
    return method.room.gate.enter() ? undefined : this.busy(method.room.key);
  }

  leave(path: string): void {
    this.methods.get(path)?.room.gate.leave();
  }

  /** true once no call and no stream is open. */
  async idle(withinMs: number): Promise<boolean> {
    const idle = await Promise.all(Object.values(this.rooms).map(({ gate }) => gate.idle(withinMs)));
    return !idle.includes(false);
  }

  count(reason: string, error: MeterlarkError): MeterlarkError {
    this.countRefused(reason);
    return error;
  }

  countRefused(reason: string): void {
    this.refused.add(1, { reason });
  }

  private busy(key: LimitKey): MeterlarkError {
    return this.count(
      'busy',
      serverErrors.METERLARK_SERVER_BUSY({
        listener: 'grpc',
        limit: this.options.settings[key],
        setting: `${sharedIdentity} grpc.${key}`,
        env: settingVariable(sharedIdentity, ['grpc', key]),
      }),
    );
  }
}
