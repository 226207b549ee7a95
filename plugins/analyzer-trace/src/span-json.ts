/** Events, links and the segment of a span as JSON: StoredEvent[], StoredLink[], SegmentSpan. */
import {
  attributesJson, boundedName, boundedText, type CutEvents, type SegmentRef, type SegmentSpan, type Span, type TextLimits,
} from '@meterlark/core';

/** Events, links or references of one span. */
const maxParts = 1024;

/** "" when there are none. */
export function eventsJson({ events }: Span, limits: TextLimits, cuts: CutEvents): string {
  return listJson(events, cuts, ({ timeUs, name, attributes }) => {
    const shown = boundedText(name, limits.maxValueBytes, cuts.value);
    return `{"timeUs":${timeUs},"name":${JSON.stringify(shown)},"attributes":${attributesJson(attributes, limits, cuts)}}`;
  });
}

export function linksJson({ links }: Span, limits: TextLimits, cuts: CutEvents): string {
  return listJson(links, cuts, ({ traceId, spanId, traceState, attributes }) => {
    const ids = { traceId: boundedName(traceId, cuts.name), spanId: boundedName(spanId, cuts.name) };
    const head = JSON.stringify({ ...ids, traceState: boundedName(traceState, cuts.name) });
    return `${head.slice(0, -1)},"attributes":${attributesJson(attributes, limits, cuts)}}`;
  });
}

export function segmentJson(segment: SegmentSpan, cuts: CutEvents): string {
  const refs = segment.refs.slice(0, maxParts);
  if (refs.length < segment.refs.length) cuts.parts(segment.refs.length - refs.length);
  return JSON.stringify({
    ...segment,
    segmentId: boundedName(segment.segmentId, cuts.name),
    layer: boundedName(segment.layer, cuts.name),
    refs: refs.map((ref) => boundedRef(ref, cuts)),
  });
}

function boundedRef(ref: SegmentRef, cuts: CutEvents): SegmentRef {
  return {
    ...ref,
    traceId: boundedName(ref.traceId, cuts.name),
    parentSegmentId: boundedName(ref.parentSegmentId, cuts.name),
    parentService: boundedName(ref.parentService, cuts.name),
    parentInstance: boundedName(ref.parentInstance, cuts.name),
    parentEndpoint: boundedName(ref.parentEndpoint, cuts.name),
    networkAddress: boundedName(ref.networkAddress, cuts.name),
  };
}

function listJson<T>(parts: readonly T[], cuts: CutEvents, partJson: (part: T) => string): string {
  if (parts.length === 0) return '';
  if (parts.length > maxParts) cuts.parts(parts.length - maxParts);
  return `[${parts.slice(0, maxParts).map(partJson).join(',')}]`;
}
