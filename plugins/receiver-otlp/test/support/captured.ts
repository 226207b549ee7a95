import { readdirSync, readFileSync } from 'node:fs';
import { Interns } from '../../src/interns.js';

const fixtures = new URL('../../../../test/fixtures/', import.meta.url);

export type Capture = 'grpc.bin' | 'http-protobuf.bin' | 'http-json.json';

/** Cases of a folder of captures. */
export function casesOf(folder: string): string[] {
  return readdirSync(new URL(folder, fixtures))
    .filter((name) => name.endsWith('.grpc.bin'))
    .map((name) => name.replace('.grpc.bin', ''));
}

export const capturedCases = casesOf('otlp-metrics/');
export const capturedTraces = casesOf('otlp-traces/');
export const capturedLogs = casesOf('otlp-logs/');

export function captured(name: string, kind: Capture): Buffer {
  return readFileSync(new URL(`otlp-metrics/${name}.${kind}`, fixtures));
}

export function capturedTrace(name: string, kind: Capture): Buffer {
  return readFileSync(new URL(`otlp-traces/${name}.${kind}`, fixtures));
}

export function capturedLog(name: string, kind: Capture): Buffer {
  return readFileSync(new URL(`otlp-logs/${name}.${kind}`, fixtures));
}

export const maxItems = 100_000;

export function newInterns(maxEntries = 1000, maxBytes = 1_000_000, maxShapes = 1000): Interns {
  return new Interns({ maxEntries, maxBytes, maxShapes });
}
