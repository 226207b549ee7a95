/** A whole server whose embedded store holds a million model calls and the spans around them, all sent over OTLP. */
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourMs } from '@meterlark/core';
import { tracesExportPath } from '@meterlark/receiver-otlp';
import { frameOf } from './frame.js';
import { accepted, unary } from './load.js';
import { RecordFrame, spanFields } from './record-frame.js';
import { defaultSpanPayload, makeSpanPayload, tracesRequestType } from './span-payload.js';

const services = 20;
const instances = 1;
const pods = services * instances;
/** Less than the day that a span may be late. */
const filledHours = 23;
/** Pushes made at a time. */
const pushes = 20;
const atOnce = 8;

export interface Filled {
  readonly spans: number;
  readonly seconds: number;
}

/** Every request is new: equal texts in different rows would make the store look smaller than it is. */
export async function fillSpans(port: number, spans: number): Promise<Filled> {
  const session = connect(`http://127.0.0.1:${port}`);
  const begun = performance.now();
  const perChunk = pods * pushes * defaultSpanPayload.spansPerRequest;
  const chunks = Math.ceil(spans / perChunk);
  const intervalMs = Math.floor((filledHours * hourMs) / (chunks * pushes));
  const firstMs = Date.now() - filledHours * hourMs;
  const waiting: Promise<void>[] = [];
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const startMs = firstMs + chunk * pushes * intervalMs;
    const { requests } = makeSpanPayload({ ...defaultSpanPayload, services, instances, pushes, startMs, intervalMs, seed: chunk + 1 });
    for (const request of requests) {
      waiting.push(accepted(session, frameOf(request), tracesExportPath));
      if (waiting.length >= atOnce) await waiting.shift();
    }
  }
  await Promise.all(waiting);
  session.close();
  return { spans: chunks * perChunk, seconds: (performance.now() - begun) / 1000 };
}

/** Sends spans at a steady rate until it is stopped, and then says how many a second it was. */
export function sendSteadily(port: number, spansPerSecond: number): () => Promise<number> {
  const options = { ...defaultSpanPayload, services, instances, pushes: 1, startMs: Date.now(), seed: 1_000_003 };
  const { requests, spansPerRequest } = makeSpanPayload(options);
  const frames = requests.map((request, number) => new RecordFrame(request, number, spanFields));
  const session = connect(`http://127.0.0.1:${port}`);
  const begun = performance.now();
  let sent = 0;
  let stopped = false;
  const push = async (frame: RecordFrame): Promise<void> => {
    while (!stopped) {
      const dueMs = (sent * spansPerRequest * 1000) / spansPerSecond - (performance.now() - begun);
      sent += 1;
      if (dueMs > 0) await sleep(dueMs);
      await unary(session, frame.next(), tracesExportPath);
    }
  };
  const running = Promise.all(frames.map(push));
  return async () => {
    stopped = true;
    const rate = ((sent - frames.length) * spansPerRequest * 1000) / (performance.now() - begun);
    await running;
    session.close();
    return rate;
  };
}

type Message = { resourceSpans: { scopeSpans: { spans: { traceId: Buffer; spanId: Buffer; parentSpanId?: Buffer }[] }[] }[] };

/** One trace of so many spans, most of them below the first one. Gives its id. */
export async function sendLargeTrace(port: number, spans: number): Promise<string> {
  const type = tracesRequestType();
  const { spansPerRequest } = defaultSpanPayload;
  const sent = { services: 4, instances: 1, pushes: Math.ceil(spans / spansPerRequest / 4), startMs: Date.now() - 60_000, intervalMs: 50 };
  const { requests } = makeSpanPayload({ ...defaultSpanPayload, ...sent, seed: 2_000_003 });
  const traceId = Buffer.from('5eed5eed5eed5eed5eed5eed5eed5eed', 'hex');
  const session = connect(`http://127.0.0.1:${port}`);
  let root: Buffer | undefined;
  let rest = spans;
  for (const request of requests) {
    const message = type.toObject(type.decode(request)) as Message;
    const found = message.resourceSpans[0]!.scopeSpans[0]!.spans;
    found.length = Math.min(found.length, rest);
    rest -= found.length;
    // In a request children come before their parents: the last span is the server's, or cut off with its agent.
    root ??= found.at(-1)!.spanId;
    for (const span of found) {
      span.traceId = traceId;
      if (span.parentSpanId === undefined && span.spanId !== root) span.parentSpanId = root;
    }
    if (found.length > 0) await unary(session, frameOf(Buffer.from(type.encode(type.fromObject(message)).finish())), tracesExportPath);
  }
  session.close();
  return traceId.toString('hex');
}
