/** Several fields lie in one JSON attribute: it is parsed once per span. */
import { isRecord, type AttributeValue } from '@meterlark/core';

export class JsonMemo {
  private text: string | undefined;
  private parsed: unknown;

  constructor(
    /** Longer texts are not parsed. */
    private readonly maxLength: number,
  ) {}

  /** What lies at the path; undefined when the text is no JSON or nothing lies there. */
  at(value: AttributeValue, path: readonly string[]): AttributeValue {
    if (value instanceof Map) return fromMap(value as ReadonlyMap<string, AttributeValue>, path);
    const found = this.find(value, path);
    return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? found : undefined;
  }

  /** Whether anything but null lies there. */
  has(value: AttributeValue, path: readonly string[]): boolean {
    const isMap = value instanceof Map;
    const found = isMap ? fromMap(value as ReadonlyMap<string, AttributeValue>, path) : this.find(value, path);
    return found !== undefined && found !== null;
  }

  /** Lets go of the last span's text. */
  clear(): void {
    this.text = undefined;
    this.parsed = undefined;
  }

  private find(value: AttributeValue, path: readonly string[]): unknown {
    if (typeof value !== 'string') return undefined;
    if (value !== this.text) this.parse(value);
    let found: unknown = this.parsed;
    for (const step of path) found = isRecord(found) && Object.hasOwn(found, step) ? found[step] : undefined;
    return found;
  }

  private parse(text: string): void {
    this.text = text;
    this.parsed = undefined;
    if (text.length > this.maxLength || !/^\s*\{/.test(text)) return;
    try {
      this.parsed = JSON.parse(text);
    } catch {
      // No JSON: nothing lies in it.
    }
  }
}

function fromMap(map: ReadonlyMap<string, AttributeValue>, path: readonly string[]): AttributeValue {
  let found: AttributeValue = map;
  for (const step of path) {
    found = found instanceof Map ? (found as ReadonlyMap<string, AttributeValue>).get(step) : undefined;
  }
  return found;
}

/** The number behind a word in a map as text, JSON or Python: `{'cache_read': 12}`. */
export function entryOf(value: AttributeValue, entry: string): AttributeValue {
  if (value instanceof Map) return (value as ReadonlyMap<string, AttributeValue>).get(entry);
  if (typeof value !== 'string' || value.length > 4096) return undefined;
  const at = value.search(new RegExp(`["']${entry}["']\\s*:`));
  return at < 0 ? undefined : /:\s*(\d+)/.exec(value.slice(at, at + 200))?.[1];
}
