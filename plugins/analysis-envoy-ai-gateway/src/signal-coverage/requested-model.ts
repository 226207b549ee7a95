/** The model in the parameters of a call, which OpenInference puts into one attribute as JSON. */
import { isRecord, type AttributeValue } from '@meterlark/core';
import { ownCopy } from './own-key.js';

/** Longer texts are not parsed: they hold whole requests. */
const maxLength = 65_536;
/** Most callers have few sets of parameters: short texts are parsed once. */
const maxKept = 512;
const maxKeptLength = 512;

export class RequestedModel {
  private readonly kept = new Map<string, string>();

  /** "" when none is named. */
  in(parameters: AttributeValue): string {
    if (typeof parameters !== 'string' || parameters.length > maxLength) return '';
    const known = this.kept.get(parameters);
    if (known !== undefined) return known;
    const model = modelIn(parameters);
    if (parameters.length <= maxKeptLength) this.keep(parameters, model);
    return model;
  }

  private keep(parameters: string, model: string): void {
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(ownCopy(parameters), ownCopy(model));
  }
}

function modelIn(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    const model = isRecord(parsed) ? parsed['model'] : undefined;
    return typeof model === 'string' ? model : '';
  } catch {
    // No JSON: it names none.
    return '';
  }
}
