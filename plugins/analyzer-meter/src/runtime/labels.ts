/** OTLP attributes as SkyWalking's sample labels. */
import type { AttributeValue, Attributes, Resource, Scope, SelfMetrics } from '@meterlark/core';
import type { Labels } from '../plan.js';
import { fingerprint } from './canonical.js';

/** Labels that SkyWalking adds when the resource has an attribute but not the label; the first that applies wins. */
const fallbacks: readonly (readonly [attribute: string, label: string])[] = [
  ['net.host.name', 'node_identifier_host_name'],
  ['host.name', 'node_identifier_host_name'],
  ['service.name', 'job_name'],
];

/** Names of the labels that rule-file filters see on top of the sample's own. */
export const scopeNameLabel = 'otel_scope_name';
export const scopeVersionLabel = 'otel_scope_version';

/** `gen_ai.token.type` and `service/name` as label and family names. */
export function labelName(attribute: string): string {
  return attribute.includes('.') ? attribute.replaceAll('.', '_') : attribute;
}

export function familyName(metric: string): string {
  return metric.replace(/[./]/g, '_');
}

/** Longest label value, in characters: labels name series and entities, so a sender must not choose their size. */
export const maxLabelLength = 1024;
/** `#` and the fingerprint that a value which was cut ends with. */
const endingLength = 23;

/** Called for every value that was cut. */
type LabelCut = () => void;

/** Counts them. */
export function labelCuts(metrics: SelfMetrics): LabelCut {
  const help = `Values of attributes cut to ${maxLabelLength} characters when they became labels of a new stream or resource`;
  const cuts = metrics.counter('meterlark_meter_labels_cut_total', help);
  return () => { cuts.add(1); };
}

/** Long values keep their beginning; the fingerprint of the whole at its end keeps different ones different. */
export function boundedLabel(text: string, cut: LabelCut): string {
  if (text.length <= maxLabelLength) return text;
  cut();
  // Through bytes, so that the whole text is not kept alive by its beginning; half a character becomes U+FFFD.
  const beginning = Buffer.from(text.slice(0, maxLabelLength - endingLength)).toString();
  return `${beginning}#${fingerprint(text)}`;
}

/** Scalars as text; arrays, maps, bytes and empty values are "". */
export function labelValue(value: AttributeValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return '';
  }
}

export function resourceLabels(resource: Resource, cut: LabelCut): Labels {
  const labels = new Map<string, string>();
  copyLabels(resource.attributes, labels, cut);
  for (const [attribute, label] of fallbacks) {
    const value = resource.attributes.get(attribute);
    if (value !== undefined && !labels.has(label)) labels.set(label, boundedLabel(labelValue(value), cut));
  }
  return labels;
}

/** Labels of a point: its own over those of its resource. */
export function pointLabels(base: Labels, attributes: Attributes, cut: LabelCut): Map<string, string> {
  const own = new Map<string, string>();
  copyLabels(attributes, own, cut);
  const labels = new Map(base);
  for (const [name, value] of own) labels.set(name, value);
  return labels;
}

/**
 * What a rule file's `filter` sees: the sample's labels and the name and version of the instrumentation scope as
 * `otel_scope_name` and `otel_scope_version` (the names that OpenTelemetry's Prometheus exporters use). Expressions
 * do not see these two, because samples of SkyWalking do not carry them and `sum` without labels would change.
 */
export function filterLabels(labels: Labels, scope: Scope): Labels {
  const seen = new Map(labels);
  if (scope.name !== '') seen.set(scopeNameLabel, scope.name);
  if (scope.version !== '') seen.set(scopeVersionLabel, scope.version);
  return seen;
}

/** Two keys that become one label: the first wins. */
function copyLabels(attributes: Attributes, into: Map<string, string>, cut: LabelCut): void {
  for (const [key, value] of attributes) {
    const name = labelName(key);
    if (!into.has(name)) into.set(name, boundedLabel(labelValue(value), cut));
  }
}
