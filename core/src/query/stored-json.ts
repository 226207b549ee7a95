/** Attributes that rows carry as JSON: the same text in most of them. */
import type { StoredAttributes } from '../model/spans-model.js';

const noAttributes: StoredAttributes = {};

/** For the rows of one answer: each text is parsed once. */
export class SharedAttributes {
  private readonly known = new Map<string, StoredAttributes>();

  of(json: string): StoredAttributes {
    if (json === '') return noAttributes;
    let found = this.known.get(json);
    if (found === undefined) this.known.set(json, (found = JSON.parse(json) as StoredAttributes));
    return found;
  }
}
