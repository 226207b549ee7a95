/** Seeded random trace requests in protobufjs's object form; odd values, some ids that are none. */
import type { Plain } from './oracle.js';
import { attributes, texts, times, type Random } from './random-metrics.js';

const keys = ['peer.service', 'server.address', 'net.peer.name', 'gen_ai.operation.name', 'gen_ai.request.model', 'n', 'x'.repeat(130)];

export function randomTraces(random: Random): Plain {
  return { resourceSpans: random.list(3, () => resourceSpans(random)) };
}

function resourceSpans(random: Random): Plain {
  return {
    ...(random.chance(0.9) ? { resource: { attributes: attributes(random), droppedAttributesCount: random.below(3) } } : {}),
    scopeSpans: random.list(3, () => scopeSpans(random)),
    schemaUrl: random.pick(texts),
  };
}

function scopeSpans(random: Random): Plain {
  const scope = { name: random.pick(texts), version: random.pick(texts), attributes: attributes(random) };
  return { ...(random.chance(0.8) ? { scope } : {}), spans: random.list(6, () => span(random)) };
}

function span(random: Random): Plain {
  return {
    traceId: id(random, 16),
    spanId: id(random, 8),
    ...(random.chance(0.7) ? { parentSpanId: random.pick([id(random, 8), Buffer.alloc(8), Buffer.alloc(0)]) } : {}),
    ...(random.chance(0.3) ? { traceState: random.pick(texts) } : {}),
    name: random.pick(texts),
    kind: random.below(8),
    startTimeUnixNano: random.pick(times),
    endTimeUnixNano: random.pick(times),
    attributes: random.chance(0.3) ? attributes(random) : familiar(random),
    droppedAttributesCount: random.below(3),
    events: random.list(2, () => ({ timeUnixNano: random.pick(times), name: random.pick(texts), attributes: attributes(random) })),
    links: random.list(2, () => ({ traceId: id(random, 16), spanId: id(random, 8), traceState: random.pick(texts), attributes: familiar(random), flags: 257 })),
    ...(random.chance(0.7) ? { status: status(random) } : {}),
    flags: random.below(2 ** 31),
  };
}

function status(random: Random): Plain {
  return { ...(random.chance(0.2) ? { deprecatedCode: random.below(17) } : {}), message: random.pick(texts), code: random.below(5) };
}

/** From a small set, so that parents and traces come again; now and then of a wrong length or all zero. */
function id(random: Random, length: number): Buffer {
  if (random.chance(0.03)) return Buffer.alloc(random.pick([0, 1, 7, 9, 15, 17, 32]), 0xab);
  if (random.chance(0.02)) return Buffer.alloc(length);
  return Buffer.alloc(length, Buffer.from([0, random.below(6), 0xfe, 0x80, random.below(4)]));
}

/** Few keys in few orders, values that come again and values that do not; sometimes a key twice. */
function familiar(random: Random): Plain[] {
  const from = random.below(3);
  return keys.slice(from, from + random.below(6)).flatMap((key) => {
    const one = { key, value: value(random) };
    return random.chance(0.1) ? [one, { key, value: value(random) }] : [one];
  });
}

function value(random: Random): Plain {
  switch (random.below(5)) {
    case 0:
      return { intValue: random.below(2 ** 31) };
    case 1:
      return { stringValue: `unique ${random.next()}` };
    case 2:
      return { stringValue: random.pick(texts) };
    case 3:
      return { doubleValue: random.next() };
    default:
      return { stringValue: 'gpt-4o' };
  }
}
