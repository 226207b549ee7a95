/** What rules compute with, and Java's way with it: rules come from a language that runs on Java. */

/** undefined is Java's null; an object is a map or a list of a body, read through `fieldOf` only. */
export type Value = string | number | boolean | object | undefined;

/** What is known of a value before a rule runs; `any` is told at run. */
export type Kind = 'int' | 'long' | 'float' | 'double' | 'text' | 'flag' | 'any';

/** Why a rule could not go on; it keeps nothing of this log. */
export class RunFailure extends Error {}

export function isNumeric(kind: Kind): kind is 'int' | 'long' | 'float' | 'double' {
  return kind === 'int' || kind === 'long' || kind === 'float' || kind === 'double';
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own entries only, so that nothing of JavaScript's objects can be reached. */
export function fieldOf(value: Value, name: string): Value {
  return isMap(value) && Object.hasOwn(value, name) ? valueOf(value[name]) : undefined;
}

export function elementOf(value: Value, index: number): Value {
  return Array.isArray(value) ? valueOf((value as readonly unknown[])[index]) : undefined;
}

/** JSON's null is Java's. */
function valueOf(found: unknown): Value {
  return found ?? undefined;
}

const shownLength = 40;

export function shown(value: Value): string {
  if (typeof value === 'string') return `"${value.length > shownLength ? `${value.slice(0, shownLength)}…` : value}"`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : value === undefined ? 'null' : String(value);
}

/** null is "null", as Java joins it to a text. */
export function textOf(value: Value, kind: Kind = 'any'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value, kind);
  if (typeof value === 'object') return JSON.stringify(value);
  return value === undefined ? 'null' : String(value);
}

function numberText(value: number, kind: Kind): string {
  if (kind === 'float') return javaDouble(value, shortestFloat(value));
  return isWhole(value) && kind !== 'double' ? String(value) : javaDouble(value, String(value));
}

/** Beyond a Long's reach a number was written as a decimal. */
function isWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < maxLong;
}

function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** As Java's Double.toString writes it: 1.0, 0.25, 1.0E7. `digits`: the shortest text in JavaScript. */
function javaDouble(value: number, digits: string): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return withFraction(digits);
  const [mantissa = '', exponent = '0'] = Number(digits).toExponential().split('e');
  return `${withFraction(mantissa)}E${Number(exponent)}`;
}

function withFraction(text: string): string {
  return text.includes('.') ? text : `${text}.0`;
}

const maxInteger = 0x7fff_ffff;
/** Beyond 2^53 digits are lost; the limit is Java's. */
const maxLong = 2 ** 63;

export function integerOf(value: Value): number {
  if (typeof value === 'string') return wholeOf(value, maxInteger, 'an Integer');
  return typeof value === 'number' ? narrowed(value) : 0;
}

/** As Java narrows: a whole number keeps its lowest 32 bits, any other goes to the nearest limit. */
function narrowed(value: number): number {
  if (isWhole(value)) return value | 0;
  return Number.isNaN(value) ? 0 : Math.max(-maxInteger - 1, Math.min(maxInteger, Math.trunc(value)));
}

export function longOf(value: Value): number {
  if (typeof value === 'string') return wholeOf(value, maxLong, 'a Long');
  return typeof value === 'number' && !Number.isNaN(value) ? Math.max(-maxLong, Math.min(maxLong, Math.trunc(value))) : 0;
}

export function doubleOf(value: Value): number {
  if (typeof value === 'string') return decimalOf(value);
  return typeof value === 'number' ? value : 0;
}

export function flagOf(value: Value): boolean {
  if (typeof value === 'string') return value.toLowerCase() === 'true';
  return typeof value === 'boolean' ? value : value !== undefined;
}

/** Without a regular expression: casts of tags stand in conditions that are asked for every log. */
function wholeOf(text: string, limit: number, what: string): number {
  const signed = text.charCodeAt(0) === 45 || text.charCodeAt(0) === 43;
  let value = 0;
  for (let index = signed ? 1 : 0; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) throw new RunFailure(`${shown(text)} is not ${what}`);
    value = value * 10 + digit;
  }
  const negative = text.charCodeAt(0) === 45;
  const fits = value <= limit || (negative && value === limit + 1);
  if (text.length === (signed ? 1 : 0) || !fits) throw new RunFailure(`${shown(text)} is not ${what}`);
  return negative ? -value : value;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/;
const named: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN], ['Infinity', Infinity], ['+Infinity', Infinity], ['-Infinity', -Infinity],
]);

function decimalOf(text: string): number {
  const value = decimalIn(text);
  if (value === undefined) throw new RunFailure(`${shown(text)} is not a number`);
  return value;
}

/** undefined when the text is no number. */
export function decimalIn(text: string): number | undefined {
  const plain = text.trim();
  if (!decimal.test(plain)) return named.get(plain);
  return Number(/[dDfF]$/.test(plain) ? plain.slice(0, -1) : plain);
}

/** For `<`, `>`: null is 0, a text must be a number. */
export function comparable(value: Value): number {
  return typeof value === 'number' ? value : doubleOf(value);
}

/** For `==` with a number: what is no number equals none. */
export function numberOrNone(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? decimalIn(value) : undefined;
}

/** In a condition: null, false and "" are not. */
export function truthy(value: Value): boolean {
  return value !== undefined && value !== false && value !== '';
}
