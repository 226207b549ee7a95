/** Operations by the paths that Envoy AI Gateway serves. */

/** Endings of paths, before which a gateway may have prefixes; undefined for what calls no model. */
const byPath: readonly (readonly [ending: string, operation: string | undefined])[] = [
  ['/messages/count_tokens', undefined],
  ['/responses/input_tokens', undefined],
  ['/tokenize', undefined],
  ['/models', undefined],
  ['/chat/completions', 'chat'],
  ['/completions', 'text_completion'],
  ['/messages', 'chat'],
  ['/responses', 'chat'],
  ['/embeddings', 'embeddings'],
  ['/rerank', 'rerank'],
  ['/images/generations', 'image_generation'],
  ['/images/edits', 'image_generation'],
  ['/images/variations', 'image_generation'],
  ['/audio/speech', 'speech'],
  ['/audio/transcriptions', 'transcription'],
  ['/audio/translations', 'translation'],
];

/** OTel's word; "" for a path that nobody knows, undefined for one by which no model is called. */
export function gatewayOperation(path: string): string | undefined {
  const end = path.search(/[?#]/);
  const bare = (end < 0 ? path : path.slice(0, end)).replace(/\/+$/, '');
  const found = byPath.find(([ending]) => bare.endsWith(ending));
  return found === undefined ? '' : found[1];
}
