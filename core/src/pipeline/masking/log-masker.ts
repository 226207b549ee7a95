/** Rules over one log: its body, severity, endpoint and attributes. */
import { attributeOf } from '../../model/attribute-shape.js';
import type { Log } from '../../model/log.js';
import type { AttributeMasker } from './attribute-masker.js';
import type { MaskEvents } from './mask-track.js';
import { bodyRules, severityKey, severityRules, textRules, type BodyRules, type MaskRule } from './rules.js';
import { looksLikeJson } from './json-text.js';
import type { ValueMasker } from './value-masker.js';

export type LogPlace = 'severity' | 'endpoint' | 'body' | 'attribute';

export interface LogMaskerParts {
  readonly values: ValueMasker;
  readonly attributes: AttributeMasker;
  readonly rules: readonly MaskRule[];
  /** Told before each part what is looked at. */
  readonly at: (place: LogPlace) => void;
  readonly events: MaskEvents;
}

/** By which receivers say that they have cut the body. */
const cutBodyKey = 'log.body.truncated';
/** Characters at the end of a cut body: no secret is longer than that. */
const endLength = 1024;

export class LogMasker {
  /** Rules for texts that have no key. */
  private readonly fieldRules: readonly MaskRule[];
  private readonly severityRules: readonly MaskRule[];
  private readonly bodyRules: BodyRules;
  /** A rule that finds in bodies what may have been cut in half. */
  private readonly endRule: MaskRule | undefined;

  constructor(private readonly parts: LogMaskerParts) {
    this.fieldRules = textRules(parts.rules);
    this.severityRules = severityRules(parts.rules);
    this.bodyRules = bodyRules(parts.rules);
    const { whole } = this.bodyRules;
    const goesWhole = whole.some(({ pattern, path }) => pattern === undefined && path === undefined);
    this.endRule = goesWhole ? undefined : whole.find(({ pattern, path }) => pattern !== undefined && path === undefined);
  }

  /** The log itself when nothing was hit. */
  mask(log: Log): Log {
    const severity = this.severity(log.severity);
    const endpoint = this.endpoint(log.endpoint);
    const body = this.body(log);
    this.parts.at('attribute');
    const attributes = this.parts.attributes.span(log.attributes);
    const same = severity === log.severity && endpoint === log.endpoint && body === log.body && attributes === log.attributes;
    if (same) return log;
    // What was masked whole is no structure any more, which those who read it as one should know.
    const contentType = body !== log.body && log.contentType === 'json' && !looksLikeJson(body) ? 'text' : log.contentType;
    return { ...log, severity, endpoint, body, contentType, attributes };
  }

  /** It is often a tag, too, and must not tell what was masked there. */
  private severity(text: string): string {
    if (text === '' || this.severityRules.length === 0) return text;
    this.parts.at('severity');
    const shown = this.parts.values.value(text, this.severityRules, this.parts.rules, severityKey);
    return typeof shown === 'string' ? shown : '';
  }

  private endpoint(text: string): string {
    if (this.fieldRules.length === 0) return text;
    this.parts.at('endpoint');
    return this.parts.values.field(text, this.fieldRules);
  }

  private body({ body, attributes }: Log): string {
    this.parts.at('body');
    const masked = this.parts.values.body(body, this.bodyRules);
    if (this.endRule === undefined || masked === '' || attributeOf(attributes, cutBodyKey) === undefined) return masked;
    return this.withoutEnd(masked, this.endRule);
  }

  /** A pattern does not find what the receiver has left of a match: the end of a cut body goes whole. */
  private withoutEnd(text: string, { name, action, replacement }: MaskRule): string {
    this.parts.events.gaveUp(name);
    this.parts.events.hit(name);
    const from = Math.max(0, text.length - endLength);
    const isHalf = from > 0 && (text.charCodeAt(from) & 0xfc00) === 0xdc00;
    return text.slice(0, isHalf ? from - 1 : from) + (action === 'drop' ? '' : replacement);
  }
}
