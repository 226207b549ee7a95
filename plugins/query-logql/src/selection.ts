/** A parsed selector to a condition on stored logs. */
import { plainSource, type LogCondition, type LogGroup } from '@meterlark/core';
import { logqlErrors } from './errors.js';
import type { LogExpression } from './language/ast.js';
import type { TimeRange } from './parameters.js';

/** Labels of who sent a log; every other label is a tag. */
export const senderLabels = ['service', 'service_instance', 'endpoint', 'trace_id'] as const;
type SenderLabel = (typeof senderLabels)[number];

const fields: Readonly<Record<SenderLabel, 'service' | 'instance' | 'endpoint' | 'traceId'>> = {
  service: 'service', service_instance: 'instance', endpoint: 'endpoint', trace_id: 'traceId',
};
/** What Grafana's own queries call the severity. */
const aliases: Readonly<Record<string, string>> = { detected_level: 'level' };
const tenant = '';

/** A label may not have dots or dashes: `gen_ai.request.model` is `gen_ai_request_model` here. */
export function labelOf(tag: string): string {
  const label = tag.replace(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(label) ? `_${label}` : label;
}

/** Tags that may be searched by, by their label; of several with one label, the one that is written so, else the first. */
export class TagLabels {
  private readonly keys = new Map<string, string>();

  constructor(tags: readonly string[]) {
    for (const tag of tags) if (tag === labelOf(tag) || !this.keys.has(labelOf(tag))) this.keys.set(labelOf(tag), tag);
  }

  /** undefined for a label that no tag has. */
  tag(label: string): string | undefined {
    return this.keys.get(aliases[label] ?? label);
  }
}

/** undefined when nothing can match: a label that nobody may search by. */
export function conditionOf(query: string, { matchers, filters }: LogExpression, tags: TagLabels, { fromUs, toUs }: TimeRange): LogCondition | undefined {
  const sender: { [K in 'service' | 'instance' | 'endpoint' | 'traceId']?: string } = {};
  const wanted: { key: string; value: string }[] = [];
  for (const { label, operator, value, at } of matchers) {
    if (operator !== '=') throw unsupported(query, at, `the matcher ${operator}`);
    // What a dashboard's variable is when all are meant.
    if (value.trim() === '' || value === '*' || value === '.*' || value === '.+') continue;
    const tag = isSender(label) ? undefined : tags.tag(label);
    if (isSender(label)) {
      if ((sender[fields[label]] ?? value) !== value) return undefined;
      sender[fields[label]] = value;
    } else if (tag === undefined) return undefined;
    else wanted.push({ key: tag, value });
  }
  const texts = (operator: string): readonly string[] => filters.filter((one) => one.operator === operator && one.text !== '').map(({ text }) => text);
  const strange = filters.find(({ operator }) => operator !== '|=' && operator !== '!=');
  if (strange !== undefined) throw unsupported(query, strange.at, `the line filter ${strange.operator}`);
  return { tenant, fromUs, toUs, ...sender, tags: wanted, keywords: texts('|='), excludedKeywords: texts('!=') };
}

/** Labels of `sum by (…)` that stored logs have, each once, by what they are grouped. */
export function groupsOf(labels: readonly string[], tags: TagLabels): readonly { readonly label: string; readonly group: LogGroup }[] {
  const found: { readonly label: string; readonly group: LogGroup }[] = [];
  for (const label of labels) {
    const group = groupOf(label, tags);
    const isNew = !found.some((one) => JSON.stringify(one.group) === JSON.stringify(group));
    if (group !== undefined && isNew) found.push({ label, group });
  }
  return found;
}

function groupOf(label: string, tags: TagLabels): LogGroup | undefined {
  if (isSender(label)) return { field: fields[label] };
  const tag = tags.tag(label);
  return tag === undefined ? undefined : { tag };
}

export function isSender(label: string): label is SenderLabel {
  return (senderLabels as readonly string[]).includes(label);
}

export function unsupported(query: string, at: number, what: string): Error {
  return logqlErrors.METERLARK_LOGQL_UNSUPPORTED({ ...plainSource('query', query).locate(at), what });
}
