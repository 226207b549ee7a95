/** Operations by the paths that Envoy AI Gateway serves. */

/** By the last part of a path: what may stand before it, and the operation then; undefined for what calls no model. */
const byWord: ReadonlyMap<string, readonly (readonly [ending: string, operation: string | undefined])[]> = new Map([
  ['completions', [['/chat/completions', 'chat'], ['/completions', 'text_completion']]],
  ['messages', [['/messages', 'chat']]],
  ['count_tokens', [['/messages/count_tokens', undefined]]],
  ['responses', [['/responses', 'chat']]],
  ['input_tokens', [['/responses/input_tokens', undefined]]],
  ['embeddings', [['/embeddings', 'embeddings']]],
  ['rerank', [['/rerank', 'rerank']]],
  ['tokenize', [['/tokenize', undefined]]],
  ['models', [['/models', undefined]]],
  ['generations', [['/images/generations', 'image_generation']]],
  ['edits', [['/images/edits', 'image_generation']]],
  ['variations', [['/images/variations', 'image_generation']]],
  ['speech', [['/audio/speech', 'speech']]],
  ['transcriptions', [['/audio/transcriptions', 'transcription']]],
  ['translations', [['/audio/translations', 'translation']]],
]);

/** OTel's word; "" for a path that nobody knows, undefined for one by which no model is called. */
export function gatewayOperation(path: string): string | undefined {
  const query = path.indexOf('?');
  let bare = query < 0 ? path : path.slice(0, query);
  while (bare.endsWith('/')) bare = bare.slice(0, -1);
  for (const [ending, operation] of byWord.get(bare.slice(bare.lastIndexOf('/') + 1)) ?? []) {
    if (bare.endsWith(ending)) return operation;
  }
  return '';
}
