/** Numbers as gateways write them into access logs and spans: decimal texts, perhaps with an exponent (1.23457e+06). */

/** No call uses more tokens: a larger number is a fault of the sender. */
export const maxLogTokens = 1e12;
/** About a year. */
export const maxLogDurationMs = 3.2e10;

const decimal = /^\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?$/i;

/** From 0 to `most`; undefined for anything else: no number, a sign, hexadecimal, an infinite or too large one. */
export function logNumber(text: string, most: number): number | undefined {
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

/** A whole one. */
export function logCount(text: string, most: number): number | undefined {
  const value = logNumber(text, most);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}
