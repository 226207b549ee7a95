/** The few protobuf messages the servers speak themselves: google.rpc.Status, RetryInfo and grpc.health.v1. */

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function numberField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.from([...varint(field << 3), ...varint(value)]);
}

function bytesField(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(value.byteLength)]), value]);
}

function textField(field: number, value: string): Buffer {
  return value === '' ? Buffer.alloc(0) : bytesField(field, Buffer.from(value, 'utf8'));
}

/** google.protobuf.Any holding google.rpc.RetryInfo { retry_delay }. */
function retryInfo(delayMs: number): Buffer {
  const seconds = Math.floor(delayMs / 1_000);
  const nanos = Math.round((delayMs - seconds * 1_000) * 1_000_000);
  const duration = Buffer.concat([numberField(1, seconds), numberField(2, nanos)]);
  return Buffer.concat([
    textField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    bytesField(2, bytesField(1, duration)),
  ]);
}

export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  /** Milliseconds; undefined leaves RetryInfo out. */
  readonly retryDelayMs: number | undefined;
}

export function encodeRpcStatus(status: RpcStatus): Buffer {
  const details = status.retryDelayMs === undefined ? [] : [bytesField(3, retryInfo(status.retryDelayMs))];
  return Buffer.concat([numberField(1, status.code), textField(2, status.message), ...details]);
}

export const serving = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

export function encodeHealthResponse(status: (typeof serving)[keyof typeof serving]): Buffer {
  return numberField(1, status);
}

/** `service` of a HealthCheckRequest; undefined when the bytes are not one. */
export function decodeHealthRequest(body: Uint8Array): string | undefined {
  let service = '';
  let at = 0;
  while (at < body.length) {
    const length = body[at + 1] ?? -1;
    // The only field, 1, is a string; names are short, so one byte of length is all a valid request needs.
    if (body[at] !== 0x0a || length < 0 || length > 0x7f || at + 2 + length > body.length) return undefined;
    service = Buffer.from(body.subarray(at + 2, at + 2 + length)).toString('utf8');
    at += 2 + length;
  }
  return service;
}
