/** Seeded random log requests in protobufjs's object form; every kind of body, odd values, some ids that are none. */
import type { Plain } from './oracle.js';
import { anyValue, attributes, texts, times, type Random } from './random-metrics.js';

const keys = ['http.status_code', 'response_code', 'event.name', 'gen_ai.request.model', 'n', 'x'.repeat(130)];

export function randomLogs(random: Random): Plain {
  return { resourceLogs: random.list(3, () => resourceLogs(random)) };
}

function resourceLogs(random: Random): Plain {
  return {
    ...(random.chance(0.9) ? { resource: { attributes: attributes(random), droppedAttributesCount: random.below(3) } } : {}),
    scopeLogs: random.list(3, () => scopeLogs(random)),
    schemaUrl: random.pick(texts),
  };
}

function scopeLogs(random: Random): Plain {
  const scope = { name: random.pick(texts), version: random.pick(texts), attributes: attributes(random) };
  return { ...(random.chance(0.8) ? { scope } : {}), logRecords: random.list(6, () => record(random)) };
}

function record(random: Random): Plain {
  return {
    ...(random.chance(0.8) ? { timeUnixNano: random.pick(times) } : {}),
    ...(random.chance(0.8) ? { observedTimeUnixNano: random.pick(times) } : {}),
    severityNumber: random.pick([0, 1, 4, 5, 9, 12, 13, 17, 20, 21, 24, 25, 1000, -1]),
    ...(random.chance(0.5) ? { severityText: random.pick(texts) } : {}),
    ...(random.chance(0.9) ? { body: anyValue(random, 0) } : {}),
    attributes: random.chance(0.5) ? attributes(random) : familiar(random),
    droppedAttributesCount: random.below(3),
    flags: random.below(2 ** 31),
    ...(random.chance(0.6) ? { traceId: id(random, 16), spanId: id(random, 8) } : {}),
    ...(random.chance(0.3) ? { eventName: random.pick(texts) } : {}),
  };
}

/** Now and then of a wrong length or all zero. */
function id(random: Random, length: number): Buffer {
  if (random.chance(0.1)) return Buffer.alloc(random.pick([0, 1, 7, 9, 15, 17, 32]), 0xab);
  if (random.chance(0.05)) return Buffer.alloc(length);
  return Buffer.alloc(length, Buffer.from([0, random.below(6), 0xfe, 0x80, random.below(4)]));
}

/** Few keys in few orders; sometimes a key twice. */
function familiar(random: Random): Plain[] {
  const from = random.below(3);
  return keys.slice(from, from + random.below(6)).flatMap((key) => {
    const one = { key, value: anyValue(random, 0) };
    return random.chance(0.1) ? [one, { key, value: anyValue(random, 0) }] : [one];
  });
}
