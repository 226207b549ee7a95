/**
 * An application that calls models, instrumented as its users would do it. Run as a process of its own:
 * INSTRUMENTATION=semconv|openinference|traceloop|vercel EXPORTER=grpc|proto|json|zipkin ENDPOINT=url OPENAI_BASE_URL=url node application.cjs
 */
const { trace } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const { INSTRUMENTATION, EXPORTER, ENDPOINT, SERVICE = 'shop' } = process.env;

const exporters = {
  grpc: () => new (require('@opentelemetry/exporter-trace-otlp-grpc').OTLPTraceExporter)({ url: ENDPOINT }),
  proto: () => new (require('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter)({ url: `${ENDPOINT}/v1/traces` }),
  json: () => new (require('@opentelemetry/exporter-trace-otlp-http').OTLPTraceExporter)({ url: `${ENDPOINT}/v1/traces` }),
  zipkin: () => new (require('@opentelemetry/exporter-zipkin').ZipkinExporter)({ url: `${ENDPOINT}/api/v2/spans`, serviceName: SERVICE }),
};

const instrumentations = {
  semconv: () => [new (require('@opentelemetry/instrumentation-openai').OpenAIInstrumentation)()],
  openinference: () => [new (require('@arizeai/openinference-instrumentation-openai').OpenAIInstrumentation)()],
  traceloop: () => [new (require('@traceloop/instrumentation-openai').OpenAIInstrumentation)({ enrichTokens: false })],
  vercel: () => [],
};

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': SERVICE, 'service.instance.id': 'shop-1' }),
  spanProcessors: [new SimpleSpanProcessor(exporters[EXPORTER]())],
});
provider.register();
registerInstrumentations({ tracerProvider: provider, instrumentations: instrumentations[INSTRUMENTATION]() });

const question = [{ role: 'user', content: 'What is the weather in Oslo? secret-in-prompt' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

/** One agent run: a plain answer, a tool call, a stream, an embedding, and a call that is refused. */
async function withOpenAi() {
  const OpenAI = require('openai').default;
  const client = new OpenAI({ apiKey: 'sk-fake', maxRetries: 0 });
  await client.chat.completions.create({ model: 'gpt-4o-mini', messages: question });
  const tools = [{ type: 'function', function: { name: 'weather', parameters } }];
  await client.chat.completions.create({ model: 'gpt-4.1', messages: question, tools });
  const stream = await client.chat.completions.create({ model: 'gpt-4.1-mini', messages: question, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) void chunk;
  await client.embeddings.create({ model: 'text-embedding-3-small', input: 'weather' });
  await client.chat.completions.create({ model: 'gpt-4o', messages: question }).catch(() => undefined);
}

async function withVercel() {
  const { embed, generateText, jsonSchema, streamText, tool } = await import('ai');
  const { createOpenAI } = await import('@ai-sdk/openai');
  const openai = createOpenAI({ apiKey: 'sk-fake', baseURL: process.env.OPENAI_BASE_URL });
  const experimental_telemetry = { isEnabled: true };
  const common = { messages: question, maxRetries: 0, experimental_telemetry };
  await generateText({ ...common, model: openai.chat('gpt-4o-mini') });
  await generateText({ ...common, model: openai.chat('gpt-4.1'), tools: { weather: tool({ inputSchema: jsonSchema(parameters) }) } });
  const { textStream } = streamText({ ...common, model: openai.chat('gpt-4.1-mini') });
  for await (const part of textStream) void part;
  await embed({ model: openai.embedding('text-embedding-3-small'), value: 'weather', maxRetries: 0, experimental_telemetry });
  await generateText({ ...common, model: openai.chat('gpt-4o') }).catch(() => undefined);
}

async function main() {
  const run = INSTRUMENTATION === 'vercel' ? withVercel : withOpenAi;
  await trace.getTracer('application').startActiveSpan('answer a question', async (span) => {
    await run();
    span.end();
  });
  await provider.forceFlush();
  await provider.shutdown();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
