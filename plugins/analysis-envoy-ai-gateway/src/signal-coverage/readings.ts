/** Attributes of access logs and spans as text and numbers. */
import { logCount, logNumber, maxLogTokens, type AttributeValue } from '@meterlark/core';

/** "" for what is missing, which Envoy writes as "-". */
export function textOf(value: AttributeValue): string {
  if (typeof value === 'string') return value === '-' ? '' : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** undefined for what is missing, and for what cannot be counted: that is told to `unreadable`. */
export class Readings {
  constructor(private readonly unreadable: () => void) {}

  tokens(value: AttributeValue): number | undefined {
    return this.read(value, maxLogTokens, logCount);
  }

  number(value: AttributeValue, most: number): number | undefined {
    return this.read(value, most, logNumber);
  }

  private read(value: AttributeValue, most: number, as: typeof logNumber): number | undefined {
    const text = textOf(value);
    if (text === '') return undefined;
    const number = as(text, most);
    if (number === undefined) this.unreadable();
    return number;
  }
}
