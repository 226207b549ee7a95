import { positive, type SettingsSchema } from '@meterlark/core';

export interface TraceSettings {
  readonly searchableTags: readonly string[];
  readonly zipkinTags: readonly string[];
  readonly maxValueBytes: number;
  readonly maxAttributes: number;
  readonly recentEntries: number;
}

function limit(doc: string, preset: number): { doc: string; format: typeof positive; default: number } {
  return { doc, format: positive, default: preset };
}

export const traceSchema: SettingsSchema<TraceSettings> = {
  searchableTags: {
    doc: 'Attributes of spans that trace searches may name, and whose values they are offered for completion.',
    format: 'Array',
    default: [
      'http.method', 'http.status_code', 'rpc.status_code', 'db.type', 'db.instance', 'mq.queue', 'mq.topic', 'mq.broker',
      'gen_ai.request.model', 'gen_ai.response.model', 'gen_ai.provider.name', 'gen_ai.operation.name',
      'session.id', 'user.id', 'error.type',
    ],
  },
  zipkinTags: {
    doc: 'Attributes of spans whose values are offered for completion by the Zipkin API.',
    format: 'Array',
    default: ['http.method'],
  },
  maxValueBytes: limit('Most bytes of one value of an attribute, and of a status message; longer ones are cut and say so.', 65_536),
  maxAttributes: limit('Most attributes of one span, event, link, resource or scope; what exceeds is not stored.', 1024),
  recentEntries: limit('Entry spans remembered so that one that is sent again is not counted as a second request.', 200_000),
};
