/** Seeded random requests in protobufjs's object form; every kind, odd values, some misfits. */
import type { Plain } from './oracle.js';

export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

export const texts = ['', 'a', 'gpt-4o', 'Zürich 東京 🦦', '\n\n\u0000"', 'x'.repeat(300), 'service.name', 'error.type'];
const doubles = [0, -0, 1, -1.5, 0.1, 1e308, 5e-324, Infinity, -Infinity, NaN, 2 ** 53];
const unsigned = ['0', '1', '127', '128', '4294967295', '4294967296', '9007199254740993', '18446744073709551615'];
const signed = ['0', '-1', '1', '9007199254740991', '-9007199254740993', '9223372036854775807', '-9223372036854775808'];
export const times = ['0', '1', '1700000000000000000', '1763716376123456789', '18446744073709551000'];

export function randomRequest(random: Random): Plain {
  return { resourceMetrics: random.list(3, () => resourceMetrics(random)) };
}

function resourceMetrics(random: Random): Plain {
  return {
    ...(random.chance(0.9) ? { resource: { attributes: attributes(random), droppedAttributesCount: random.below(3) } } : {}),
    scopeMetrics: random.list(3, () => scopeMetrics(random)),
    schemaUrl: random.pick(texts),
  };
}

function scopeMetrics(random: Random): Plain {
  const scope = { name: random.pick(texts), version: random.pick(texts), attributes: attributes(random) };
  return { ...(random.chance(0.8) ? { scope } : {}), metrics: random.list(4, () => metric(random)) };
}

function metric(random: Random): Plain {
  const common = { name: random.pick(texts), unit: random.pick(texts), description: random.pick(texts) };
  const aggregationTemporality = random.below(4);
  const points = (make: (random: Random) => Plain): Plain[] => random.list(4, () => ({ ...base(random), ...make(random) }));
  switch (random.below(6)) {
    case 0:
      return { ...common, gauge: { dataPoints: points(number) } };
    case 1:
      return { ...common, sum: { dataPoints: points(number), aggregationTemporality, isMonotonic: random.chance(0.5) } };
    case 2:
      return { ...common, histogram: { dataPoints: points(histogram), aggregationTemporality } };
    case 3:
      return { ...common, exponentialHistogram: { dataPoints: points(exponential), aggregationTemporality } };
    case 4:
      return { ...common, summary: { dataPoints: points(summary) } };
    default:
      return common;
  }
}

function base(random: Random): Plain {
  return {
    attributes: attributes(random),
    startTimeUnixNano: random.pick(times),
    timeUnixNano: random.pick(times),
    flags: random.pick([0, 0, 0, 1, 2, 3, 4294967295]),
  };
}

function number(random: Random): Plain {
  const exemplars = random.list(1, () => ({ timeUnixNano: '5', asInt: '7', spanId: Buffer.alloc(8) }));
  if (random.chance(0.1)) return { exemplars };
  return random.chance(0.5) ? { asInt: random.pick(signed), exemplars } : { asDouble: random.pick(doubles), exemplars };
}

function optionalSum(random: Random): Plain {
  return random.chance(0.8) ? { sum: random.pick(doubles), min: 1, max: 2 } : {};
}

function histogram(random: Random): Plain {
  const explicitBounds = random.list(20, () => random.below(1e6) / 100).sort((left, right) => left - right);
  const misfit = random.chance(0.1) ? random.below(3) : 1;
  const length = random.chance(0.2) ? 0 : explicitBounds.length + misfit;
  const bucketCounts = Array.from({ length }, () => random.pick(unsigned));
  return { ...optionalSum(random), count: random.pick(unsigned), explicitBounds, bucketCounts };
}

function exponential(random: Random): Plain {
  const side = (): Plain => ({ offset: random.below(2000) - 1000, bucketCounts: random.list(10, () => random.pick(unsigned)) });
  return {
    ...optionalSum(random),
    count: random.pick(unsigned),
    scale: random.below(40) - 20,
    zeroCount: random.pick(unsigned),
    zeroThreshold: random.pick(doubles),
    ...(random.chance(0.8) ? { positive: side() } : {}),
    ...(random.chance(0.5) ? { negative: side() } : {}),
  };
}

function summary(random: Random): Plain {
  const quantileValues = random.list(5, () => ({ quantile: random.next(), value: random.pick(doubles) }));
  return { count: random.pick(unsigned), sum: random.pick(doubles), quantileValues };
}

export function attributes(random: Random): Plain[] {
  return random.list(6, () => ({ key: random.pick(texts), ...(random.chance(0.9) ? { value: anyValue(random, 0) } : {}) }));
}

export function anyValue(random: Random, depth: number): Plain {
  switch (random.below(depth > 3 ? 6 : 8)) {
    case 0:
    case 1:
      return { stringValue: random.pick(texts) };
    case 2:
      return { boolValue: random.chance(0.5) };
    case 3:
      return { intValue: random.pick(signed) };
    case 4:
      return { doubleValue: random.pick(doubles) };
    case 5:
      return random.chance(0.5) ? {} : { bytesValue: Buffer.from(random.list(9, () => random.below(256))) };
    case 6:
      return { arrayValue: { values: random.list(3, () => anyValue(random, depth + 1)) } };
    default:
      return { kvlistValue: { values: random.list(3, () => ({ key: random.pick(texts), value: anyValue(random, depth + 1) })) } };
  }
}
