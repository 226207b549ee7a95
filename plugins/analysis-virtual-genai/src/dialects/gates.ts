/**
 * The leaf rule: which spans are one call to a model. Every gate whose key a span has must let it pass; the first that
 * names the operation wins. Agents, workflows, chains, tools, retrievers and outer spans stop here, whatever usage they
 * roll up.
 */
import type { Gate } from './table.js';

const chat = 'chat';
const completion = 'text_completion';
const embeddings = 'embeddings';
const image = 'image_generation';

/** OTel's words, the gateway's, and those of libraries that name their own functions. */
const operations: Readonly<Record<string, string>> = {
  chat, 'chat.completions': chat, 'chat.streaming_completions': chat,
  messages: chat, responses: chat, response: chat, generate: chat, llm: chat,
  anthropic_messages: chat, aresponses: chat, chat_completion: chat, acompletion: chat,
  generate_content: 'generate_content', stream_generate_content: 'generate_content',
  completion, text_completion: completion, atext_completion: completion, completions: completion,
  'text.completions': completion, 'text.streaming_completions': completion,
  embeddings, embedding: embeddings, embed: embeddings, aembedding: embeddings,
  image_generation: image, image, image_edit: image, generate_image: image, aimage_generation: image,
  speech: 'speech', aspeech: 'speech', audio: 'speech', text_to_speech: 'speech', generate_speech: 'speech',
  transcription: 'transcription', atranscription: 'transcription', transcribe: 'transcription',
  speech_to_text: 'transcription',
  translation: 'translation', atranslation: 'translation',
  rerank: 'rerank', arerank: 'rerank', video: 'video_generation', video_generation: 'video_generation',
};

/** Words that are no call, or that gather several. */
const others: ReadonlySet<string> = new Set([
  'invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool', 'agent', 'agent_step', 'workflow', 'task', 'step',
  'tool', 'chain', 'plan', 'prompt', 'parser', 'handoff', 'guardrail', 'evaluate', 'evaluation', 'evaluator',
  'retrieval', 'retrieve', 'retriever', 'vectordb', 'framework', 'search_memory', 'create_memory', 'update_memory',
  'upsert_memory', 'delete_memory', 'create_memory_store', 'delete_memory_store', 'tokenize', 'count_tokens',
  'responses_input_tokens', 'moderation',
]);

export const gates: readonly Gate[] = [
  { key: 'gen_ai.operation.name', words: operations, others },
  { key: 'openinference.span.kind', words: { llm: '', embedding: embeddings, reranker: 'rerank' } },
  // "unknown" is what older versions of OpenLLMetry say of functions they have no word for.
  { key: 'llm.request.type', words: { ...operations, unknown: '' }, others },
  {
    key: 'ai.operationId',
    words: {
      'ai.generatetext.dogenerate': chat, 'ai.streamtext.dostream': chat,
      'ai.generateobject.dogenerate': chat, 'ai.streamobject.dostream': chat,
      'ai.embed.doembed': embeddings, 'ai.embedmany.doembed': embeddings,
      'ai.rerank.dorerank': 'rerank', 'ai.generateimage.dogenerate': image,
      'ai.generatespeech.dogenerate': 'speech', 'ai.transcribe.dogenerate': 'transcription',
    },
  },
  // LangSmith calls retrievers "embeddings" and prompt templates "chat" in gen_ai.operation.name: its own word decides.
  { key: 'langsmith.span.kind', words: { llm: '', embedding: embeddings } },
  { key: 'langfuse.observation.type', words: { generation: '', embedding: embeddings } },
  { key: 'traceloop.span.kind', words: {} },
  { key: 'mcp.method.name', words: {} },
];

/** Keys that only tools and retrievals carry; a span that has one and names no operation is no call. */
export const noCallKeys: readonly string[] = [
  'gen_ai.tool.name', 'gen_ai.tool.call.id', 'gen_ai.workflow.name', 'gen_ai.evaluation.name', 'gen_ai.data_source.id',
  'ai.toolCall.name',
];

/** Span names of Envoy AI Gateway's default tracing, which has only the kind LLM for them. */
export const operationsBySpanName: Readonly<Record<string, string>> = {
  Completion: completion, ImagesResponse: image, AudioSpeech: 'speech', Transcription: 'transcription',
  Translation: 'translation',
};
