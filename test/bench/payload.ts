/**
 * The reference payload of every bench: OTLP requests as Envoy AI Gateway pods push them, about 50 KiB each, 96
 * cumulative histogram points over the gateway's four LLM metrics with its real bounds, 5 to 6 attributes a point.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

export interface PayloadOptions {
  /** Services that push in turn; a request comes from one of them. */
  readonly services: number;
  /** Pods of each service. */
  readonly instances: number;
  /** Pushes of each pod; counts grow from one to the next. */
  readonly pushes: number;
  /** Time of the first push, and between pushes. */
  readonly startMs: number;
  readonly intervalMs: number;
}

export interface Payload {
  /** In the order of arrival: all pods' first push, then all second ones. */
  readonly requests: readonly Buffer[];
  readonly pointsPerRequest: number;
}

export const defaultPayload: PayloadOptions = {
  services: 4,
  instances: 2,
  pushes: 4,
  startMs: Date.UTC(2026, 0, 1),
  intervalMs: 60_000,
};

/** A point's attributes but for the six that every call has. */
type Extra = Readonly<Record<string, string>>;

interface Histogram {
  readonly name: string;
  readonly unit: string;
  readonly bounds: readonly number[];
  /** Repeats every series once per element with these attributes on top. */
  readonly extras: readonly Extra[];
}

const histograms: readonly Histogram[] = [
  {
    name: 'gen_ai.client.token.usage',
    unit: 'token',
    bounds: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    extras: [{ 'gen_ai.token.type': 'input' }, { 'gen_ai.token.type': 'output' }, { 'gen_ai.token.type': 'cached_input' }],
  },
  {
    name: 'gen_ai.server.request.duration',
    unit: 's',
    bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    extras: [{}],
  },
  {
    name: 'gen_ai.server.time_to_first_token',
    unit: 's',
    bounds: [
      0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60,
    ],
    extras: [{}],
  },
  {
    name: 'gen_ai.server.time_per_output_token',
    unit: 's',
    bounds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
    extras: [{}],
  },
];

const models: readonly (readonly [provider: string, model: string, version: string])[] = [
  ['openai', 'gpt-4o', 'gpt-4o-2024-08-06'],
  ['openai', 'gpt-4o-mini', 'gpt-4o-mini-2024-07-18'],
  ['openai', 'o3', 'o3-2025-04-16'],
  ['azure.openai', 'gpt-4.1', 'gpt-4.1-2025-04-14'],
  ['aws.bedrock', 'nova-pro', 'us.amazon.nova-pro-v1:0'],
  ['aws.anthropic', 'claude-sonnet', 'us.anthropic.claude-sonnet-4-20250514-v1:0'],
  ['anthropic', 'claude-haiku', 'claude-3-5-haiku-20241022'],
  ['gcp.vertex_ai', 'gemini-2.5-flash', 'gemini-2.5-flash-001'],
];
const operations = ['chat', 'embeddings'];

type Message = Record<string, unknown>;

/** Points per request: 8 models × 2 operations × (3 token types + 3 other metrics). */
const pointsPerRequest = 96;

export function makePayload(options: PayloadOptions = defaultPayload): Payload {
  const type = requestType();
  const requests: Buffer[] = [];
  for (let push = 0; push < options.pushes; push += 1) {
    for (let pod = 0; pod < options.services * options.instances; pod += 1) {
      const request = requestOf(options, pod, push);
      requests.push(Buffer.from(type.encode(type.fromObject(request)).finish()));
    }
  }
  return { requests, pointsPerRequest };
}

/** protobufjs by reflection over the committed descriptor; also the benches' baseline decoder. */
export function requestType(): protobuf.Type {
  const path = fileURLToPath(new URL('../fixtures/otlp-metrics.descriptor.json', import.meta.url));
  const root = protobuf.Root.fromJSON(JSON.parse(readFileSync(path, 'utf8')) as protobuf.INamespace);
  return root.lookupType('ExportMetricsServiceRequest');
}

function requestOf(options: PayloadOptions, pod: number, push: number): Message {
  const service = Math.floor(pod / options.instances);
  const resource = {
    'service.name': `ai-gateway-${service}`,
    'service.instance.id': `ai-gateway-${service}-${pod % options.instances}-7c9f8d6b5-x2k4q`,
    job_name: 'envoy-ai-gateway',
    'service.layer': 'ENVOY_AI_GATEWAY',
    'telemetry.sdk.language': 'go',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': '1.38.0',
  };
  const timeUnixNano = nanos(options.startMs + push * options.intervalMs);
  const startTimeUnixNano = nanos(options.startMs - options.intervalMs);
  const metrics = histograms.map((histogram) => metricOf(histogram, { startTimeUnixNano, timeUnixNano }, push));
  const scope = { name: 'envoyproxy/ai-gateway', version: '1.1.0' };
  return { resourceMetrics: [{ resource: { attributes: keyValues(resource) }, scopeMetrics: [{ scope, metrics }] }] };
}

function metricOf(histogram: Histogram, times: Message, push: number): Message {
  const dataPoints = models.flatMap((model, index) =>
    operations.flatMap((operation, second) =>
      histogram.extras.map((extra, third) => ({
        ...times,
        ...countsOf(histogram.bounds, (index * 7 + second * 3 + third) % histogram.bounds.length, push),
        explicitBounds: histogram.bounds,
        attributes: keyValues({ ...attributesOf(model, operation), ...extra }),
      })),
    ),
  );
  return { name: histogram.name, unit: histogram.unit, histogram: { dataPoints, aggregationTemporality: 2 } };
}

function attributesOf([provider, model, version]: (typeof models)[number], operation: string): Extra {
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.original.model': model,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': version,
    'gen_ai.response.model': version,
  };
}

/** A hump around one bucket, growing with each push. */
function countsOf(bounds: readonly number[], centre: number, push: number): Message {
  const bucketCounts = Array.from({ length: bounds.length + 1 }, (_, bucket) => {
    const distance = Math.abs(bucket - centre);
    return (push + 1) * Math.max(0, 40 - distance * distance * 4);
  });
  const count = bucketCounts.reduce((total, bucket) => total + bucket, 0);
  const sum = bucketCounts.reduce((total, bucket, index) => total + bucket * (bounds[index] ?? bounds.at(-1) ?? 0), 0);
  return { count, sum, bucketCounts };
}

function keyValues(pairs: Extra): Message[] {
  return Object.entries(pairs).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanos(timeMs: number): string {
  return `${timeMs}000000`;
}
