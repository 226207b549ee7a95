/** How attribute values are understood; what cannot be is undefined, never 0. */
import type { AttributeValue } from '@meterlark/core';
import type { Reading } from '../dialects/table.js';
import { bounded } from './text.js';

export type Value = string | number | boolean;
export type Reader = (value: AttributeValue) => Value | undefined;

/** No call has more: a larger number is a fault of the sender, and would drown every sum. */
const maxCount = 1e12;
/** The first of a list is looked for in as much of a text. */
const maxFirst = 300;

export const readers: Readonly<Record<Reading, Reader>> = {
  text: textOf,
  first: firstOf,
  flag: flagOf,
  count: countOf,
  usd: usdOf,
  milliseconds: (value) => positive(numberOf(value), 1),
  seconds: (value) => positive(numberOf(value), 1000),
  nanoseconds: (value) => positive(numberOf(value), 1e-6),
  wholeMilliseconds: (value) => positive(numberOf(value), isWhole(value) ? 1 : 1000),
  isoTime: (value) => (typeof value === 'string' ? timeOf(value) : undefined),
};

export function textOf(value: AttributeValue): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : bounded(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return undefined;
}

/** undefined for what is no finite number. Digits of a text count as well: Zipkin and SkyWalking send nothing else. */
export function numberOf(value: AttributeValue): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function countOf(value: AttributeValue): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 0 && number <= maxCount && Number.isInteger(number) ? number : undefined;
}

function usdOf(value: AttributeValue): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 0 && number <= 1e6 ? number : undefined;
}

/** A time of 0 is what senders write for "not measured"; one of over a year is a wrong unit. */
function positive(value: number | undefined, factor: number): number | undefined {
  if (value === undefined) return undefined;
  // To the nanosecond: 0.57 s is 570 ms, not 569.9999999999999.
  const scaled = Math.round(value * factor * 1e6) / 1e6;
  return scaled > 0 && scaled < 3.2e10 ? scaled : undefined;
}

/** "1.0" is a fraction as well: it is how seconds are printed. */
function isWhole(value: AttributeValue): boolean {
  return typeof value === 'string' ? !value.includes('.') : Number.isInteger(numberOf(value));
}

function flagOf(value: AttributeValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

function firstOf(value: AttributeValue): string | undefined {
  if (Array.isArray(value)) return textOf((value as readonly AttributeValue[])[0]);
  if (typeof value !== 'string' || value === '') return undefined;
  const first = /^\s*\[?\s*(?:"([^"]*)"|'([^']*)'|([^,\]]*))/.exec(beginningOf(value));
  return textOf((first?.[1] ?? first?.[2] ?? first?.[3] ?? '').trim());
}

/** Copied: a part of a text would keep the whole of it in memory. */
function beginningOf(text: string): string {
  return text.length <= maxFirst ? text : Buffer.from(text.slice(0, maxFirst)).toString();
}

function timeOf(text: string): number | undefined {
  const time = Date.parse(text.slice(0, 64).replace(/^"|"$/g, ''));
  return Number.isNaN(time) ? undefined : time;
}
