import { readdirSync, readFileSync } from 'node:fs';
import { Interns } from '../../src/interns.js';

const folder = new URL('../../../../test/fixtures/otlp-metrics/', import.meta.url);

export const capturedCases = readdirSync(folder)
  .filter((name) => name.endsWith('.grpc.bin'))
  .map((name) => name.replace('.grpc.bin', ''));

export function captured(name: string, kind: 'grpc.bin' | 'http-protobuf.bin' | 'http-json.json'): Buffer {
  return readFileSync(new URL(`${name}.${kind}`, folder));
}

export const maxItems = 100_000;

export function newInterns(maxEntries = 1000, maxBytes = 1_000_000): Interns {
  return new Interns({ maxEntries, maxBytes });
}
