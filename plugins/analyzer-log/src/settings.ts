import { positive, type SettingsSchema } from '@meterlark/core';

export interface LogSettings {
  readonly rules: readonly string[];
  readonly searchableTags: readonly string[];
  readonly maxValueBytes: number;
  readonly maxAttributes: number;
  readonly maxSamplers: number;
  readonly maxTopLists: number;
}

function limit(doc: string, preset: number): { doc: string; format: typeof positive; default: number } {
  return { doc, format: positive, default: preset };
}

export const logSchema: SettingsSchema<LogSettings> = {
  rules: {
    doc: 'LAL rule files, or folders of them, beside those of the layers; relative to the root folder.',
    format: 'Array',
    default: ['config/rules/log/default'],
  },
  searchableTags: {
    doc: 'Tags of logs whose values are offered for completion to those who search.',
    format: 'Array',
    default: [
      'level', 'http.status_code', 'ai_route_type', 'response_code', 'gen_ai.request.model', 'gen_ai.response.model',
      'gen_ai.provider.name', 'mcp.method.name', 'session.id',
    ],
  },
  maxValueBytes: limit('Most bytes of the value of one tag; longer ones are cut and say so.', 65_536),
  maxAttributes: limit('Most attributes of one log or resource; what exceeds is not stored.', 1024),
  maxSamplers: limit('Most ids of rateLimit counted within a minute; further ones of a rule share one count.', 100_000),
  maxTopLists: limit('Lists of slowest records (by service and ten minutes) that are followed; records of further ones are not stored.', 10_000),
};
