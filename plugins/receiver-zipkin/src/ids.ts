/** Ids as hex digits. */
import { SpanFault } from './zipkin-span.js';

const zeros64 = '0'.repeat(16);

/**
 * 16 or 32 lower-case digits. Senders of 64-bit ids and of the same ids padded to 128 bits take part in one trace, so
 * the padding is taken away; fewer digits than that lost their leading zeros on the way.
 */
export function traceIdOf(digits: string): string {
  const id = hexOf(digits, '.traceId', 32);
  const padded = id.padStart(id.length <= 16 ? 16 : 32, '0');
  const shortest = padded.length === 32 && padded.startsWith(zeros64) ? padded.slice(16) : padded;
  if (shortest === zeros64) throw new SpanFault('.traceId', 'the id is all zeros');
  return shortest;
}

export function spanIdOf(digits: string): string {
  const id = hexOf(digits, '.id', 16).padStart(16, '0');
  if (id === zeros64) throw new SpanFault('.id', 'the id is all zeros');
  return id;
}

/** "" for the root of a trace, which has no parent or one of zeros. */
export function parentIdOf(digits: string): string {
  if (digits === '') return '';
  const id = hexOf(digits, '.parentId', 16).padStart(16, '0');
  return id === zeros64 ? '' : id;
}

function hexOf(digits: string, field: string, most: number): string {
  if (digits.length === 0) throw new SpanFault(field, 'the id is missing');
  if (digits.length > most) throw new SpanFault(field, `the id has more than ${most} digits`);
  if (!/^[0-9a-fA-F]+$/.test(digits)) throw new SpanFault(field, 'the id is not hex');
  return digits.toLowerCase();
}
