/** Logs as Loki's streams: those of one sender and trace lie together. */
import type { StoredLog } from '@meterlark/core';

interface Stream {
  readonly stream: {
    readonly service: string | null;
    readonly service_instance: string | null;
    readonly endpoint: string | null;
    readonly trace_id: string | null;
  };
  readonly values: (readonly [nanos: string, line: string])[];
}

/** In the order in which each has its first log; so are the lines of each. */
export function streamsOf(logs: readonly StoredLog[]): readonly Stream[] {
  const streams = new Map<string, Stream>();
  for (const log of logs) {
    const key = JSON.stringify([log.service, log.instance, log.endpoint, log.traceId]);
    let stream = streams.get(key);
    if (stream === undefined) streams.set(key, (stream = { stream: labelsOf(log), values: [] }));
    stream.values.push([`${log.timeUs}000`, log.body]);
  }
  return [...streams.values()];
}

/** As SkyWalking answers: what a log does not have is null. */
function labelsOf({ service, instance, endpoint, traceId }: StoredLog): Stream['stream'] {
  const given = (text: string): string | null => (text === '' ? null : text);
  return { service: given(service), service_instance: given(instance), endpoint: given(endpoint), trace_id: given(traceId) };
}
