/** Settings of analysis/virtual-genai. */
import { positive, type SettingsSchema } from '@meterlark/core';
import type { PricingSettings } from './pricing/load-book.js';

export interface VirtualGenAiSettings {
  readonly rules: readonly string[];
  readonly userAttributes: readonly string[];
  readonly sessionAttributes: readonly string[];
  readonly teamAttributes: readonly string[];
  readonly routeAttributes: readonly string[];
  readonly requestIdAttributes: readonly string[];
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  readonly metricDimensions: readonly string[];
  readonly pricing: PricingSettings;
  readonly content: { readonly capture: boolean; readonly maxLength: number; readonly maxParts: number };
  readonly recentSpans: number;
  readonly logJoinMs: number;
}

const whose = 'Attributes, of the span or else of its resource,';

export const settings: SettingsSchema<VirtualGenAiSettings> = {
  rules: {
    doc: "OAL rule files, or folders of them, that make the layer's metrics; relative to the root folder.",
    format: 'Array',
    default: ['config/rules/source/virtual-genai'],
  },
  userAttributes: {
    doc: `${whose} that tell for which user a model was called, in order of precedence.`,
    format: 'Array',
    default: [
      'user.id', 'enduser.id', 'langfuse.user.id', 'ai.telemetry.metadata.userId', 'ai.telemetry.metadata.user_id',
      'traceloop.association.properties.user_id', 'traceloop.association.properties.userId',
      'langsmith.metadata.user_id',
      'langsmith.metadata.userId', 'llm.user', 'gen_ai.request.user', 'gen_ai.openai.request.user',
    ],
  },
  sessionAttributes: {
    doc: `${whose} that tell to which session or conversation a call belongs, in order of precedence.`,
    format: 'Array',
    default: [
      'session.id', 'gen_ai.conversation.id', 'langfuse.session.id', 'ai.telemetry.metadata.sessionId',
      'ai.telemetry.metadata.session_id',
      'traceloop.association.properties.session_id', 'traceloop.association.properties.sessionId',
      'langsmith.metadata.session_id',
      'langsmith.metadata.thread_id', 'langsmith.metadata.conversation_id',
    ],
  },
  teamAttributes: {
    doc: `${whose} that tell which team or tenant pays, in order of precedence.`,
    format: 'Array',
    default: [
      'team.id', 'team', 'tenant.id', 'organization.id', 'ai.telemetry.metadata.team', 'ai.telemetry.metadata.teamId',
      'traceloop.association.properties.team', 'traceloop.association.properties.team_id', 'langsmith.metadata.team',
    ],
  },
  routeAttributes: {
    doc: `${whose} that tell the route of a gateway, in order of precedence.`,
    format: 'Array',
    default: ['ai_gateway.route_name', 'route_name', 'gen_ai.gateway.route'],
  },
  requestIdAttributes: {
    doc: "Attributes of a span that hold the request's id as the gateway knows it, in order of precedence; its access log is joined by it.",
    format: 'Array',
    default: [
      'x-request-id', 'http.request.header.x-request-id', 'guid:x-request-id', 'request.id', 'request_id', 'http.request_id',
    ],
  },
  dimensions: {
    doc: 'Further dimensions of calls: a name and the attributes that tell its value, as in { project: [project.id] }.',
    format: dimensionMap,
    default: {},
  },
  metricDimensions: {
    doc: 'Dimensions (user, session, team or a name of `dimensions`) that make metrics; each value is a series.',
    format: 'Array',
    default: ['user', 'team'],
  },
  pricing: {
    files: {
      doc: 'Price files, or folders of them, relative to the root folder; later ones go before the earlier ones.',
      format: 'Array',
      default: ['config/pricing'],
    },
    deployments: {
      doc: 'Models (or `unpriced`) by deployment: { my-gpt: gpt-4o }; also `<host>/<deployment>` and `<host>/*`.',
      format: textMap,
      default: {},
    },
  },
  content: {
    capture: {
      doc: 'Keep prompts, completions, tool arguments and documents, masked, in a table of their own; else none is stored.',
      format: 'Boolean',
      default: false,
    },
    maxLength: { doc: 'Characters of content kept of one span; the rest is cut.', format: positive, default: 262_144 },
    maxParts: { doc: 'Messages, arguments and other parts kept of one span.', format: positive, default: 1000 },
  },
  recentSpans: {
    doc: 'Model-call spans remembered so that a span sent twice, or seen by two instrumentations, is counted once.',
    format: positive,
    default: 200_000,
  },
  logJoinMs: {
    doc: "Milliseconds that a call which only a gateway's access log tells of waits for its span; SDKs send theirs every 5 s.",
    format: 'nat',
    default: 6000,
  },
};

function dimensionMap(value: unknown): void {
  const fault = (): never => {
    throw new Error('a map of names to lists of attributes');
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fault();
  for (const keys of Object.values(value as object)) {
    if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isName)) fault();
  }
}

function textMap(value: unknown): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || !Object.values(value).every(isName)) throw new Error('a map of texts');
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
