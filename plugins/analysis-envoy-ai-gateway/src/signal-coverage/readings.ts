/** Attributes of access logs and spans as text and numbers. */
import type { AttributeValue } from '@meterlark/core';

/** "" for what is missing, which Envoy writes as "-". */
export function textOf(value: AttributeValue): string {
  if (typeof value === 'string') return value === '-' ? '' : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** undefined for what is missing, no number, or none that can be counted. Envoy may write 1.23457e+06. */
export function numberOf(value: AttributeValue): number | undefined {
  const text = textOf(value);
  const number = text === '' ? NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
