/** The one place where values become SQL text. Nothing else may quote, escape or concatenate input. */
import { storageErrors } from './errors.js';

const named: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A String literal. Quotes, backslashes and control characters are escaped, so the text holds none of them bare. */
export function text(value: string): string {
  const escaped = value.replace(/[\\'\u0000-\u001f\u007f]/g, escapeOne);
  return `'${escaped}'`;
}

function escapeOne(letter: string): string {
  return named[letter] ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

export function texts(values: readonly string[]): string {
  return values.map(text).join(', ');
}

/** A literal that keeps every bit of a double; refuses what is no number. */
export function number(value: number): string {
  if (!Number.isFinite(value)) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_REFUSED({ number: 0, reason: `${value} is not a number` });
  return Number.isInteger(value) ? value.toFixed(0) : `toFloat64(${text(String(value))})`;
}

/** Whole seconds of an epoch time in ms as a DateTime; times outside DateTime's range move to its edge. */
export function seconds(timeMs: number): string {
  const whole = Math.min(Math.max(Math.ceil(timeMs / 1000), 0), 0xffff_ffff);
  return `toDateTime(${number(whole)}, 'UTC')`;
}

/** A database or table name in backticks; letters, digits, _ and - only. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,127}$/.test(name)) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING({
      key: 'database',
      value: JSON.stringify(name),
      reason: 'names consist of letters, digits, _ and -, and do not begin with a digit',
    });
  }
  return `\`${name}\``;
}
