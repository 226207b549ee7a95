/** Parts a span into facts, stored with it, and content, which is not. Hot path: worked out once per shape. */
import {
  AttributeShape, ShapeTable, type AttributeValue, type Span, type SpanAttributes, type SpanEvent, type SpanLink,
} from '@meterlark/core';
import { contentEvents, contentPlaces, eventFacts, isSecretKey } from './content-keys.js';

interface ShapeSplit {
  /** Places handed on as content: what is taken away without credentials. */
  readonly content: readonly number[];
  /** Something is taken away. */
  readonly takes: boolean;
  readonly kept: readonly number[];
  /** All are kept. */
  readonly keepsAll: boolean;
  /** Of what is kept. */
  readonly shape: AttributeShape;
  /** With the cost as last key. */
  readonly priced: AttributeShape;
}

/** What was taken away, part by part: attribute key (`<event>#<n>/<key>` of an event, `link#<n>/<key>`) and value. */
export type TakePart = (key: string, value: AttributeValue) => void;

export const costKey = 'gen_ai.estimated.cost';

/** Shapes of stored spans that are shared; further ones are made for each span's shape. */
const maxShapes = 4096;
const maxKeys = 256;

export class ContentSplit {
  private readonly attributes = new WeakMap<AttributeShape, ShapeSplit | 'whole'>();
  private readonly events = new WeakMap<AttributeShape, ShapeSplit>();
  private readonly shapes = new ShapeTable(maxShapes, maxKeys);

  /** The span without its content and with its cost (text in USD; "" adds none); the given one when nothing changes. */
  apply(span: Span, cost: string, take: TakePart | undefined): Span {
    const { shape } = span.attributes;
    const split = this.attributes.get(shape) ?? this.look(shape);
    const events = span.events.length === 0 ? span.events : this.eventsOf(span.events, take);
    const links = span.links.length === 0 ? span.links : this.linksOf(span.links, take);
    if (split === 'whole' && cost === '') {
      const same = events === span.events && links === span.links;
      return same ? span : withParts(span, span.attributes, { events, links });
    }
    const parts = split === 'whole' ? this.whole(shape) : split;
    if (take !== undefined) for (const place of parts.content) take(shape.keys[place]!, span.attributes.values[place]);
    return withParts(span, remaining(parts, span.attributes, cost), { events, links });
  }

  private eventsOf(events: readonly SpanEvent[], take: TakePart | undefined): readonly SpanEvent[] {
    let changed: SpanEvent[] | undefined;
    for (let place = 0; place < events.length; place += 1) {
      const event = events[place]!;
      const { shape, values } = event.attributes;
      const split = this.eventSplit(event.name, shape);
      if (!split.takes) continue;
      if (take !== undefined) {
        for (const at of split.content) take(`${event.name}#${place}/${shape.keys[at]!}`, values[at]);
      }
      changed ??= [...events];
      changed[place] = { ...event, attributes: remaining(split, event.attributes, '') };
    }
    return changed ?? events;
  }

  private linksOf(links: readonly SpanLink[], take: TakePart | undefined): readonly SpanLink[] {
    let changed: SpanLink[] | undefined;
    for (let place = 0; place < links.length; place += 1) {
      const link = links[place]!;
      const { shape, values } = link.attributes;
      const split = this.attributes.get(shape) ?? this.look(shape);
      if (split === 'whole' || !split.takes) continue;
      if (take !== undefined) for (const at of split.content) take(`link#${place}/${shape.keys[at]!}`, values[at]);
      changed ??= [...links];
      changed[place] = { ...link, attributes: remaining(split, link.attributes, '') };
    }
    return changed ?? links;
  }

  private look(shape: AttributeShape): ShapeSplit | 'whole' {
    const content = contentPlaces(shape.keys);
    const split = content.length === 0 ? ('whole' as const) : this.split(shape, content);
    this.attributes.set(shape, split);
    return split;
  }

  /** Shapes without content get a split when first a cost is added. */
  private whole(shape: AttributeShape): ShapeSplit {
    const split = this.split(shape, []);
    this.attributes.set(shape, split);
    return split;
  }

  /** An event that is a message loses all but its facts; another loses what any attribute would. */
  private eventSplit(name: string, shape: AttributeShape): ShapeSplit {
    const message = contentEvents.has(name);
    const known = message ? this.events.get(shape) : undefined;
    if (known !== undefined) return known;
    if (!message) {
      const split = this.attributes.get(shape) ?? this.look(shape);
      return split === 'whole' ? nothing : split;
    }
    const split = this.split(shape, shape.keys.flatMap((key, place) => (eventFacts.has(key) ? [] : [place])));
    this.events.set(shape, split);
    return split;
  }

  private split({ keys }: AttributeShape, content: readonly number[]): ShapeSplit {
    const away = new Set(content);
    const kept = keys.flatMap((key, place) => (away.has(place) || key === costKey ? [] : [place]));
    const shape = kept.reduce((longer, place) => this.shapes.extend(longer, keys[place]!), this.shapes.empty);
    return {
      content: content.filter((place) => !isSecretKey(keys[place]!)), takes: content.length > 0, kept,
      keepsAll: kept.length === keys.length, shape, priced: this.shapes.extend(shape, costKey),
    };
  }
}

/** Property by property, which is many times as fast as spreading. */
function withParts(span: Span, attributes: SpanAttributes, { events, links }: Pick<Span, 'events' | 'links'>): Span {
  return {
    traceId: span.traceId, spanId: span.spanId, parentSpanId: span.parentSpanId, traceState: span.traceState,
    name: span.name, kind: span.kind, startUs: span.startUs, durationNs: span.durationNs,
    status: span.status, statusMessage: span.statusMessage,
    attributes, events, links, peer: span.peer, segment: span.segment,
  };
}

const nothing: ShapeSplit = {
  content: [], takes: false, kept: [], keepsAll: true,
  shape: new AttributeShape([]), priced: new AttributeShape([costKey]),
};

/** What a sender says a call costs by our own key is not ours, and goes. */
function remaining({ kept, keepsAll, shape, priced }: ShapeSplit, { values }: SpanAttributes, cost: string): SpanAttributes {
  const rest = keepsAll ? values.slice() : kept.map((place) => values[place]);
  if (cost === '') return { shape, values: rest };
  rest.push(cost);
  return { shape: priced, values: rest };
}
