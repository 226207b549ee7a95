/** Hot path: log records. Tags are field number × 8 + wire type. */
import type { Log } from '@meterlark/core';
import { nanosToUs } from './decode-spans.js';
import type { LogsReading } from './logs-reading.js';

/** Four numbers each, from 1. */
const severities: readonly string[] = ['', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const cutBodyKey = 'log.body.truncated';
const cutValuesKey = 'log.attributes.truncated';
const eventKey = 'event.name';

/** No record is refused: what it has no right form of, it does not have. */
export function readLogRecord(reading: LogsReading): Log {
  const { reader, attributes, body } = reading;
  let timeUs = 0, observedUs = 0, severityNumber = 0;
  let traceId = '', spanId = '', severity = '', eventName = '';
  attributes.begin();
  body.clear();
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case 9: timeUs = readTimeUs(reading); break;
      case 16: severityNumber = reader.uint32(); break;
      case 26: severity = reading.readName(); break;
      case 42: body.read(reader); break;
      case 50: attributes.read(reader); break;
      case 74: traceId = reading.readTraceId(); break;
      case 82: spanId = reading.readSpanId(); break;
      case 89: observedUs = readTimeUs(reading); break;
      case 98: eventName = reading.readName(); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  reading.points += 1;
  if (eventName !== '' && !attributes.has(eventKey)) attributes.add(eventKey, eventName);
  if (body.cutFrom > 0 || attributes.cuts > 0) sayWhatWasCut(reading);
  return {
    timeUs: timeUs === 0 ? observedUs : timeUs,
    traceId,
    spanId,
    severity: severity === '' ? nameOf(severityNumber) : severity,
    contentType: body.contentType,
    body: body.text,
    attributes: attributes.finish(),
    endpoint: '',
  };
}

function readTimeUs({ reader }: LogsReading): number {
  reader.fixed64Halves();
  return nanosToUs(reader.high, reader.low);
}

/** "" for 0 and for numbers that OTLP does not have. */
function nameOf(severityNumber: number): string {
  return severityNumber <= 24 ? (severities[(severityNumber + 3) >>> 2] ?? '') : '';
}

/** In the record, for whoever reads it, and in the counters. */
function sayWhatWasCut({ attributes, body, cuts }: LogsReading): void {
  if (body.cutFrom > 0) {
    attributes.add(cutBodyKey, body.cutFrom);
    cuts.bodies += 1;
  }
  if (attributes.cuts > 0) {
    attributes.add(cutValuesKey, attributes.cuts);
    cuts.values += attributes.cuts;
  }
}
