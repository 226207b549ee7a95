/** ExportLogsServiceRequest bytes to a LogBatch. No I/O; equal parts of requests become the same objects. */
import { WireReader, type Log, type LogBatch, type ResourceLogs, type ScopeLogs } from '@meterlark/core';
import { ByteRuns } from './byte-runs.js';
import { readLogRecord } from './decode-log-records.js';
import { codedFault, type Decoded } from './decoded.js';
import { emptyResource, emptyScope, type Interns } from './interns.js';
import { LogsReading, type LogCuts } from './logs-reading.js';
import { logsRequest } from './schema.js';

export interface LogLimits {
  readonly maxItems: number;
  /** Bytes of a body, and of each attribute's value. */
  readonly maxBodyBytes: number;
}

export interface DecodedLogs extends Decoded<LogBatch> {
  readonly cuts: LogCuts;
}

/** Throws METERLARK_RECEIVER_OTLP_MALFORMED or METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS, both permanent. */
export function decodeLogs(body: Buffer, interns: Interns, limits: LogLimits, tenant = ''): DecodedLogs {
  const { maxItems, maxBodyBytes } = limits;
  const reading = new LogsReading(new WireReader(body, { items: maxItems }), interns, maxBodyBytes);
  try {
    const resources = readRequest(reading);
    const { points, cuts } = reading;
    return { batch: { signal: 'logs', tenant, protocol: 'otlp', resources, points }, rejected: 0, reason: '', cuts };
  } catch (error) {
    throw codedFault(error, { body, schema: logsRequest, maxItems });
  }
}

function readRequest(reading: LogsReading): readonly ResourceLogs[] {
  const { reader } = reading;
  const resources: ResourceLogs[] = [];
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) resources.push(readResourceLogs(reading));
    else reader.skip(tag);
  }
  return resources;
}

function readResourceLogs(reading: LogsReading): ResourceLogs {
  const { reader } = reading;
  const resource = new ByteRuns();
  const scopes: ScopeLogs[] = [];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) resource.pass(reader);
    else if (tag === 18) scopes.push(readScopeLogs(reading));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { resource: resource.read(reader, reading.interns.resource) ?? emptyResource, scopes };
}

function readScopeLogs(reading: LogsReading): ScopeLogs {
  const { reader } = reading;
  const scope = new ByteRuns();
  const logs: Log[] = [];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) scope.pass(reader);
    else if (tag === 18) logs.push(readLogRecord(reading));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { scope: scope.read(reader, reading.interns.scope) ?? emptyScope, logs };
}
