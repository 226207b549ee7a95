/** One name per provider, OTel's, whatever a library or gateway calls it. */
import { bounded } from './text.js';

const spellings: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai', 'open_ai', 'openai-responses', 'openai_responses'],
  'azure.ai.openai': [
    'azure.ai.openai', 'az.ai.openai', 'azure.openai', 'azure', 'azure_openai', 'azure-openai', 'azureopenai',
    'azure openai',
  ],
  'azure.ai.inference': ['azure.ai.inference', 'az.ai.inference', 'azure_ai', 'azure-ai-inference'],
  'aws.bedrock': [
    'aws.bedrock', 'aws', 'bedrock', 'amazon-bedrock', 'amazon_bedrock', 'aws_bedrock', 'amazon bedrock', 'aws bedrock',
    'aws.anthropic', 'bedrock_converse', 'amazon', 'bedrock-runtime',
  ],
  anthropic: ['anthropic', 'claude'],
  'gcp.vertex_ai': [
    'gcp.vertex_ai', 'vertex_ai', 'vertexai', 'vertex', 'vertex-ai', 'google.vertex', 'google-vertex',
    'google_vertexai', 'gcp.anthropic',
    'vertex_ai_beta', 'vertex.anthropic', 'google_anthropic_vertex', 'google vertex ai',
  ],
  'gcp.gemini': [
    'gcp.gemini', 'gemini', 'google', 'google.generative-ai', 'google_genai', 'google-genai', 'google_generativeai',
    'google.ai.studio',
    'google-generative-ai', 'google-gla', 'googleai', 'palm', 'google generative ai',
  ],
  'gcp.gen_ai': ['gcp.gen_ai'],
  cohere: ['cohere', 'cohere_chat'],
  mistral_ai: ['mistral_ai', 'mistral', 'mistralai', 'mistral-ai'],
  x_ai: ['x_ai', 'xai', 'x.ai', 'x-ai', 'grok'],
  groq: ['groq'],
  deepseek: ['deepseek', 'deepseek_ai'],
  perplexity: ['perplexity', 'perplexity_ai'],
  'ibm.watsonx.ai': ['ibm.watsonx.ai', 'watsonx', 'ibm.watson.ai', 'ibm', 'watson'],
  moonshot_ai: ['moonshot_ai', 'moonshot', 'moonshotai', 'kimi'],
  together_ai: ['together_ai', 'together', 'togetherai', 'together.ai'],
  fireworks_ai: ['fireworks_ai', 'fireworks', 'fireworks-ai'],
  ollama: ['ollama', 'ollama_chat'],
  huggingface: ['huggingface', 'hugging_face', 'hf'],
  vllm: ['vllm', 'hosted_vllm'],
  openrouter: ['openrouter'],
  alibaba: ['alibaba', 'dashscope', 'qwen', 'alibaba_cloud', 'tongyi'],
  zhipu_ai: ['zhipu_ai', 'zhipu', 'zhipuai', 'zai', 'z.ai', 'z_ai'],
};

/** Words of libraries in front of a provider, and of senders who do not know: the model tells more. */
const nobody: ReadonlySet<string> = new Set([
  '', '_other', 'other', 'unknown', 'none', 'null', 'undefined', 'custom', 'llm', 'ai', 'gateway', 'langchain',
  'llama_index', 'llamaindex', 'litellm',
  'haystack', 'crewai', 'semantic_kernel', 'spring_ai', 'springai', 'pydantic_ai', 'pydantic-ai', 'mastra', 'vercel',
  'openai_compatible',
  'openai-compatible', 'custom_openai',
]);

const canonical: ReadonlyMap<string, string> = new Map(
  Object.entries(spellings).flatMap(([name, words]) => words.map((word) => [word, name] as const)),
);

/** `<namespace>/<name>/route/<route>/rule/<n>/ref/<n>`: Envoy AI Gateway's word for a backend without a provider. */
const backendPath = /^[^/]+\/[^/]+\/route\/([^/]+)\/rule\/\d+\/ref\/\d+$/;

export class ProviderNames {
  private readonly known = new Map<string, string>();

  constructor(
    /** Spellings remembered; more are worked out each time. */
    private readonly maxKnown: number,
  ) {}

  /** undefined when the word names no provider. */
  canonical(word: string): string | undefined {
    let name = this.known.get(word);
    if (name === undefined) {
      name = resolve(word);
      if (this.known.size < this.maxKnown) this.known.set(word, name);
    }
    return name === '' ? undefined : name;
  }
}

/** Bedrock's profiles and models by their ARN: the name is what follows the last slash. */
export function modelName(word: string): string {
  return word.startsWith('arn:') ? word.slice(word.lastIndexOf('/') + 1) : word;
}

/** Route of a backend path; "" for other words. */
export function routeOfBackend(word: string): string {
  return backendPath.exec(word)?.[1] ?? '';
}

function resolve(word: string): string {
  const name = bounded(word.trim().toLowerCase());
  if (nobody.has(name) || backendPath.test(name)) return '';
  // `openai.chat`, `google.vertex.chat`: the API after the provider.
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
    const known = canonical.get(name.slice(0, end));
    if (known !== undefined) return known;
  }
  return name;
}
