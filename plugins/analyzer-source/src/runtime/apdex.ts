import { sourceErrors } from '../errors.js';

/** Milliseconds up to which an answer satisfies, by service. */
export class ApdexThresholds {
  private readonly own: ReadonlyMap<string, number>;

  constructor(
    private readonly usual: number,
    own: Readonly<Record<string, unknown>> = {},
  ) {
    this.own = new Map(Object.entries(own).map(([service, value]) => [service, checked(service, value)]));
  }

  of(service: string): number {
    return this.own.get(service) ?? this.usual;
  }
}

function checked(service: string, value: unknown): number {
  if (typeof value === 'number' && value >= 1 && Number.isFinite(value)) return value;
  throw sourceErrors.METERLARK_SOURCE_APDEX({ service, value: String(value) });
}
