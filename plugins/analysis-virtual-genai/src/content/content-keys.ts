/** Attributes that hold what people wrote and models answered, of every dialect; the rest of a span are facts. */

/** Whole keys. */
const exact: ReadonlySet<string> = new Set([
  // OpenTelemetry, OpenLIT, LangSmith
  'gen_ai.prompt', 'gen_ai.completion', 'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments', 'gen_ai.tool.call.result', 'gen_ai.tool.args', 'gen_ai.tool.description',
  'gen_ai.response.tool_calls',
  'gen_ai.response.image', 'gen_ai.response.text', 'gen_ai.response.content', 'gen_ai.retrieval.query.text',
  'gen_ai.evaluation.explanation',
  'gen_ai.request.extra_query', 'gen_ai.request.extra_body', 'gen_ai.serialized.doc', 'gen_ai.agent.instructions',
  'gen_ai.agent.description',
  'langsmith.inputs', 'langsmith.outputs', 'gen_ai.request.structured_output_schema', 'gen_ai.system_prompt',
  'openai.request.instructions',
  // OpenInference
  'input.value', 'output.value', 'llm.invocation_parameters', 'llm.function_call', 'embedding.text', 'embedding.vector',
  'document.content',
  'tool.parameters', 'message.content', 'reranker.query', 'prompt.template', 'user.message',
  // OpenLLMetry
  'traceloop.entity.input', 'traceloop.entity.output', 'crew_agents', 'crew_tasks', 'crew_inputs',
  // Vercel AI SDK
  'ai.prompt', 'ai.response.text', 'ai.response.object', 'ai.response.toolCalls', 'ai.response.reasoning',
  'ai.response.files',
  'ai.response.providerMetadata', 'ai.toolCall.args', 'ai.toolCall.result', 'ai.value', 'ai.values', 'ai.embedding',
  'ai.embeddings', 'ai.schema',
  'ai.documents', 'ai.request.body', 'ai.response.body', 'ai.query',
  // Langfuse, pydantic-ai, ADK, MLflow, Genkit, LiveKit
  'langfuse.observation.input', 'langfuse.observation.output', 'langfuse.trace.input', 'langfuse.trace.output',
  'all_messages_events', 'pydantic_ai.all_messages', 'model_request_parameters', 'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args', 'gcp.vertex.agent.tool_response', 'gcp.vertex.agent.data', 'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'genkit:input', 'genkit:output', 'lk.input_text', 'lk.response.text', 'lk.chat_ctx', 'lk.user_transcript',
  'lk.instructions', 'lk.function_tool.arguments',
  'lk.function_tool.output', 'lk.function_tools', 'lk.provider_tools', 'lk.response.function_calls', 'lk.user_input',
  // LangWatch, Braintrust
  'langwatch.input', 'langwatch.output', 'langwatch.rag.contexts', 'langwatch.prompt.variables', 'braintrust.input',
  'braintrust.input_json', 'braintrust.output', 'braintrust.output_json', 'braintrust.expected',
]);

/** Beginnings of keys; what follows is a number or a part. */
const beginnings: readonly string[] = [
  'gen_ai.prompt.', 'gen_ai.completion.', 'gen_ai.content.', 'gen_ai.input.messages.', 'gen_ai.output.messages.',
  'gen_ai.system_instructions.',
  'gen_ai.tool.definitions.', 'gen_ai.retrieval.documents', 'gen_ai.tool.call.arguments.', 'gen_ai.tool.call.result.',
  'gen_ai.agent.tool_results',
  'llm.input_messages', 'llm.output_messages', 'llm.prompts', 'llm.choices', 'llm.completions', 'llm.tools',
  'llm.prompt_template.',
  'llm.request.functions', 'llm.system_prompt', 'input.value.', 'output.value.', 'embedding.embeddings',
  'retrieval.documents', 'reranker.input_documents',
  'reranker.output_documents', 'ai.prompt.', 'ai.result.', 'traceloop.prompt.template', 'mcp.request.argument',
  'mcp.response.value', 'mcp.tool.arguments',
  'mcp.tool.result', 'mcp.complete.argument', 'input_audio.', 'output.audio.',
  // Vector stores and frameworks
  'db.query.result', 'db.query.embeddings', 'db.search.query', 'db.search.embeddings', 'db.search.result',
  'db.search.results', 'crewai.task.', 'crewai.agent.', 'crewai.crew.', 'haystack.component.', 'haystack.pipeline.',
  'mlflow.chat.',
];

/** Facts that lie among the content: who spoke, why it ended, which tool was meant. */
const facts = [
  /\.(role|finish_reasons?|message_type|mime_type)$/,
  /\.tool_calls?\.\d+\.(tool_call\.)?(id|name|type|function\.name)$/,
  /^db\.(query|search)\..*\b(id|score|distance|count)$/,
  /^crewai\.(task|agent|crew)\.(\d+\.)?(id|key|name|agent|llm|model|process|async_execution|max_iter|max_rpm|verbose)$/,
  /^haystack\.(component|pipeline)\.(name|type|fully_qualified_type|visits|input_types|max_runs_per_component)$/,
  /^mlflow\.chat\.tokenUsage$/,
];

/** Headers of requests, which hold credentials: they are kept nowhere, not even with the content. */
const headers = /^(ai\.request\.headers\.(?!user-agent$)|llm\.headers$)/i;

/** `db.search.<what>.result…`, whatever a store puts between. */
const searchResult = /^db\.search\..*result/;

/** Words so common that only a span with one of these beginnings means content by them. */
const shortWords: ReadonlySet<string> = new Set([
  'events', 'final_result', 'tool_arguments', 'tool_response', 'prompt', 'completion', 'request_data', 'response_data',
]);
const genAiBeginnings: readonly string[] = ['gen_ai.', 'llm.', 'pydantic_ai.', 'openinference.'];

/** Places of the keys that are content. */
export function contentPlaces(keys: readonly string[]): readonly number[] {
  const genAi = keys.some((key) => genAiBeginnings.some((beginning) => key.startsWith(beginning)));
  return keys.flatMap((key, place) => (isContentKey(key) || (genAi && shortWords.has(key)) ? [place] : []));
}

export function isContentKey(key: string): boolean {
  if (exact.has(key) || isSecretKey(key)) return true;
  const begins = beginnings.some((beginning) => key.startsWith(beginning)) || searchResult.test(key);
  return begins && !facts.some((fact) => fact.test(key));
}

export function isSecretKey(key: string): boolean {
  return headers.test(key);
}

/** Events whose attributes are a message, as a whole. */
export const contentEvents: ReadonlySet<string> = new Set([
  'gen_ai.content.prompt', 'gen_ai.content.completion', 'gen_ai.content.revised_prompt', 'gen_ai.system.message',
  'gen_ai.user.message',
  'gen_ai.assistant.message', 'gen_ai.tool.message', 'gen_ai.tools.message', 'gen_ai.choice',
  'gen_ai.client.inference.operation.details',
  'db.query.result', 'db.query.embeddings', 'db.search.query', 'db.search.embeddings', 'db.search.result',
  'llm.content.prompt', 'llm.content.completion', 'llm.prompt', 'llm.completion', 'ai.prompt', 'ai.response',
]);

/** What may stay of such an event. */
export const eventFacts: ReadonlySet<string> = new Set([
  'gen_ai.system', 'gen_ai.provider.name', 'gen_ai.operation.name', 'role', 'index', 'finish_reason', 'id',
  'event.name', 'db.query.result.id', 'db.query.result.score', 'db.query.result.distance', 'db.search.result.id',
  'db.search.result.score', 'db.search.result.distance',
]);
