/** Trace ids as senders write them: 16 or 32 hex digits are one number, and one of 64 bits is written either way. */

const shortLength = 16;
const longLength = 32;

/** The same for every spelling of an id; never to look up by: it may not be as the id is stored. */
export function canonicalTraceId(traceId: string): string {
  if (traceId.length !== shortLength && traceId.length !== longLength) return traceId;
  const match = /^(?:0{16})?([0-9a-f]{16})$|^[0-9a-f]{32}$/i.exec(traceId);
  return match === null ? traceId : (match[1] ?? traceId).toLowerCase();
}

/** How an id may be stored. Receivers write hex digits in lower case. */
export function traceIdSpellings(traceId: string): readonly string[] {
  const id = canonicalTraceId(traceId);
  const ways = id.length === shortLength && /^[0-9a-f]+$/.test(id) ? [id, id.padStart(longLength, '0')] : [id];
  return ways.includes(traceId) ? ways : [...ways, traceId];
}
