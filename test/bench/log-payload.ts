/**
 * The reference payload of logs: lines of a gateway's access log as Envoy's OpenTelemetry logger sends them, 26 attributes
 * and about 125 bytes of text each. Every value is text, "-" where there is none. Ids, times, sizes and token counts are
 * different everywhere; clients, models, routes and backends come again, sessions for a while.
 */
import { Dice, models, type Model } from './span-plans.js';

export interface LogPayloadOptions {
  readonly lines: number;
  /** Services that write, and instances of each. */
  readonly gateways: number;
  readonly instances: number;
  /** Time of the first line, and between two. */
  readonly startMs: number;
  readonly intervalMs: number;
  /** Payloads of other seeds share no id. */
  readonly seed: number;
}

export interface AccessLine {
  readonly timeUs: number;
  /** Numbers of the service and of its instance. */
  readonly gateway: number;
  readonly instance: number;
  /** Hex; "" on the lines of requests that nobody traced. */
  readonly traceId: string;
  readonly spanId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export const defaultLogPayload: LogPayloadOptions = {
  lines: 20_000,
  gateways: 4,
  instances: 2,
  startMs: Date.UTC(2026, 0, 1),
  intervalMs: 20,
  seed: 1,
};

const clients = 200;
const openSessions = 100;
/** A session ends with one call in so many. */
const callsPerSession = 8;
const routes = ['/v1/chat/completions', '/v1/chat/completions', '/v1/chat/completions', '/v1/embeddings', '/v1/completions'];
const agents = ['OpenAI/Python 1.108.1', 'AsyncOpenAI/Python 2.3.0', 'openai-node/5.20.3', 'langchain-js/0.3.33 (node 22)', 'curl/8.7.1'];
/** Of a hundred lines: how many fail, and how. */
const missing = { share: 4, code: '404', details: '-', failure: '-' };
const limited = { share: 2, code: '429', details: '-', failure: '-' };
const unreachable = { share: 1, code: '503', details: 'upstream_reset_before_response_started{connection_termination}', failure: 'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end' };
const fine = { share: 93, code: '200', details: '-', failure: '-' };
type Outcome = typeof fine;

/** Attributes of the resource that a line's gateway sends. */
export function logResource({ gateway, instance }: Pick<AccessLine, 'gateway' | 'instance'>): Readonly<Record<string, string>> {
  return {
    'service.name': `ai-gateway-${gateway}`,
    'service.instance.id': `ai-gateway-${gateway}-${instance}-7c9f8d6b5-x2k4q`,
    'service.layer': 'ENVOY_AI_GATEWAY',
    job_name: 'envoy-ai-gateway',
    log_name: 'otel_envoy_accesslog',
    cluster_name: 'default/ai-gateway',
    node_name: `ai-gateway-${gateway}-${instance}`,
    zone_name: '',
  };
}

/** The same options give the same lines, in the order of their times. */
export function* accessLines(options: LogPayloadOptions = defaultLogPayload): Generator<AccessLine> {
  const dice = new Dice(options.seed);
  const sessions = Array.from({ length: openSessions }, () => uuid(dice));
  for (let index = 0; index < options.lines; index += 1) {
    const timeUs = Math.round((options.startMs + index * options.intervalMs) * 1000) + dice.below(Math.max(1, options.intervalMs * 1000));
    const session = dice.below(openSessions);
    if (dice.below(callsPerSession) === 0) sessions[session] = uuid(dice);
    // A session stays with its gateway.
    const gateway = session % options.gateways;
    const [traceId, spanId] = dice.below(10) === 0 ? ['', ''] : [hex(dice, 16), hex(dice, 8)];
    const said = lineOf(dice, timeUs, sessions[session]!);
    yield { timeUs, gateway, instance: dice.below(options.instances), traceId, spanId, ...said };
  }
}

function lineOf(dice: Dice, timeUs: number, session: string): Pick<AccessLine, 'body' | 'attributes'> {
  const outcome = outcomeOf(dice.below(100));
  const isFine = outcome === fine;
  const model = dice.pick(models);
  const name = outcome === missing ? `${model.request}-preview` : model.request;
  const path = dice.pick(routes);
  const duration = isFine ? 80 + dice.below(60) * dice.below(150) : 1 + dice.below(40);
  const used = usage(dice, isFine, path);
  const startTime = new Date(Math.floor(timeUs / 1000)).toISOString();
  const body = `[${startTime}] ${path} model=${name} ${outcome.code} llm_input_token=${used.input} llm_output_token=${used.output} llm_reasoning_token=${used.reasoning} ${duration}ms`;
  const attributes = {
    'start_time': startTime,
    'method': 'POST',
    'request.path': path,
    'x-envoy-origin-path': path,
    'response_code': outcome.code,
    'connection_termination_details': outcome.details,
    'upstream_transport_failure_reason': outcome.failure,
    'bytes_received': String(200 + dice.below(90) * dice.below(400)),
    'bytes_sent': String(isFine ? 400 + dice.below(80) * dice.below(300) : 120 + dice.below(40)),
    'duration': String(duration),
    'x-envoy-upstream-service-time': isFine ? String(Math.max(1, duration - dice.below(12))) : '-',
    ...addresses(dice, outcome, model),
    'gen_ai.request.model': name,
    'gen_ai.response.model': isFine ? model.response : '-',
    'gen_ai.provider.name': isFine ? backendOf(model) : '-',
    'gen_ai.usage.input_tokens': used.input,
    'gen_ai.usage.output_tokens': used.output,
    'gen_ai.usage.reasoning_tokens': used.reasoning,
    'session.id': session,
  };
  return { body, attributes };
}

function outcomeOf(roll: number): Outcome {
  let rest = roll;
  for (const outcome of [missing, limited, unreachable]) {
    if (rest < outcome.share) return outcome;
    rest -= outcome.share;
  }
  return fine;
}

/** Tokens are told at the end of a stream that went well; reasoning ones of few models. */
function usage(dice: Dice, isFine: boolean, path: string): Readonly<Record<'input' | 'output' | 'reasoning', string>> {
  if (!isFine) return { input: '-', output: '-', reasoning: '-' };
  const output = path === '/v1/embeddings' ? '0' : String(1 + dice.below(50) * dice.below(40));
  return { input: String(20 + dice.below(70) * dice.below(100)), output, reasoning: dice.below(5) === 0 ? String(dice.below(900)) : '-' };
}

function addresses(dice: Dice, outcome: Outcome, model: Model): Readonly<Record<string, string>> {
  const client = dice.below(clients);
  const address = `10.244.${client % 8}.${10 + client}`;
  const port = (): number => 32_768 + dice.below(28_000);
  const hasUpstream = outcome !== missing;
  const host = `${models.indexOf(model)}.${dice.below(4)}`;
  return {
    'x-forwarded-for': address,
    'user-agent': agents[client % agents.length]!,
    'x-request-id': uuid(dice),
    'upstream_host': hasUpstream ? `172.18.${host}:443` : '-',
    'upstream_cluster': hasUpstream ? `httproute/default/ai-gateway/rule/${models.indexOf(model)}` : '-',
    'upstream_local_address': hasUpstream ? `10.244.9.7:${port()}` : '-',
    'downstream_local_address': '10.244.9.7:1975',
    'downstream_remote_address': `${address}:${port()}`,
  };
}

/** What the gateway calls the provider: the path of its backend. */
function backendOf({ provider }: Model): string {
  return `default/${provider.replaceAll(/[._]/g, '-')}/route/ai-gateway/rule/0/ref/0`;
}

function hex(dice: Dice, bytes: number): string {
  return dice.bytes(bytes).toString('hex');
}

function uuid(dice: Dice): string {
  const text = hex(dice, 16);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
}
