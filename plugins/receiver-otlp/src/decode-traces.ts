/** ExportTraceServiceRequest bytes to a SpanBatch. No I/O; equal parts of requests become the same objects. */
import { WireReader, type ResourceSpans, type ScopeSpans, type Span, type SpanBatch } from '@meterlark/core';
import { ByteRuns } from './byte-runs.js';
import { readSpan } from './decode-spans.js';
import { codedFault, type Decoded } from './decoded.js';
import { emptyResource, emptyScope, type Interns } from './interns.js';
import { tracesRequest } from './schema.js';
import { TracesReading } from './traces-reading.js';

/** Throws METERLARK_RECEIVER_OTLP_MALFORMED or METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS, both permanent. */
export function decodeTraces(body: Buffer, interns: Interns, maxItems: number, tenant = ''): Decoded<SpanBatch> {
  const reading = new TracesReading(new WireReader(body, { items: maxItems }), interns);
  try {
    const resources = readRequest(reading);
    const { points, rejected, reason } = reading;
    return { batch: { signal: 'spans', tenant, protocol: 'otlp', resources, points }, rejected, reason };
  } catch (error) {
    throw codedFault(error, { body, schema: tracesRequest, maxItems });
  }
}

function readRequest(reading: TracesReading): readonly ResourceSpans[] {
  const { reader } = reading;
  const resources: ResourceSpans[] = [];
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) resources.push(readResourceSpans(reading));
    else reader.skip(tag);
  }
  return resources;
}

function readResourceSpans(reading: TracesReading): ResourceSpans {
  const { reader } = reading;
  const resource = new ByteRuns();
  const scopes: ScopeSpans[] = [];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) resource.pass(reader);
    else if (tag === 18) scopes.push(readScopeSpans(reading));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { resource: resource.read(reader, reading.interns.resource) ?? emptyResource, scopes };
}

function readScopeSpans(reading: TracesReading): ScopeSpans {
  const { reader } = reading;
  const scope = new ByteRuns();
  const spans: Span[] = [];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) scope.pass(reader);
    else if (tag === 18) {
      const span = readSpan(reading);
      if (span !== undefined) spans.push(span);
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return { scope: scope.read(reader, reading.interns.scope) ?? emptyScope, spans };
}
