/** Messages that come in JSON too, as data: names and numbers are the protocol's. */
export type Field =
  | { readonly number: number; readonly kind: 'text' | 'int' | 'bool' }
  | { readonly number: number; readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly number: number; readonly kind: 'list'; readonly of: Message }
  | { readonly number: number; readonly kind: 'message'; readonly of: Message };
export type Message = Readonly<Record<string, Field>>;

const text = (number: number): Field => ({ number, kind: 'text' });
const int = (number: number): Field => ({ number, kind: 'int' });
const bool = (number: number): Field => ({ number, kind: 'bool' });
const list = (number: number, of: Message): Field => ({ number, kind: 'list', of });
const one = (number: number, of: Message): Field => ({ number, kind: 'message', of });
const choice = (number: number, ...values: readonly string[]): Field => ({ number, kind: 'enum', values });

const pair: Message = { key: text(1), value: text(2) };
const log: Message = { time: int(1), data: list(2, pair) };
const ref: Message = {
  refType: choice(1, 'CrossProcess', 'CrossThread'),
  traceId: text(2),
  parentTraceSegmentId: text(3),
  parentSpanId: int(4),
  parentService: text(5),
  parentServiceInstance: text(6),
  parentEndpoint: text(7),
  networkAddressUsedAtPeer: text(8),
};
const span: Message = {
  spanId: int(1),
  parentSpanId: int(2),
  startTime: int(3),
  endTime: int(4),
  refs: list(5, ref),
  operationName: text(6),
  peer: text(7),
  spanType: choice(8, 'Entry', 'Exit', 'Local'),
  spanLayer: choice(9, 'Unknown', 'Database', 'RPCFramework', 'Http', 'MQ', 'Cache', 'FAAS', 'GenAI'),
  componentId: int(10),
  isError: bool(11),
  tags: list(12, pair),
  logs: list(13, log),
  skipAnalysis: bool(14),
};
export const segment: Message = { traceId: text(1), traceSegmentId: text(2), spans: list(3, span), service: text(4), serviceInstance: text(5) };

const logBody: Message = { type: text(1), text: one(2, { text: text(1) }), json: one(3, { json: text(1) }), yaml: one(4, { yaml: text(1) }) };

export const logData: Message = {
  timestamp: int(1),
  service: text(2),
  serviceInstance: text(3),
  endpoint: text(4),
  body: one(5, logBody),
  traceContext: one(6, { traceId: text(1), traceSegmentId: text(2), spanId: int(3) }),
  tags: one(7, { data: list(1, pair) }),
  layer: text(8),
};
