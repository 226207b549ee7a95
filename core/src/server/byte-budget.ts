/** How many bytes of requests are held at one time, over all connections and protocols. */
import type { SelfMetrics } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { MeterlarkError } from '../kernel/error.js';
import { serverErrors } from './errors.js';
import { sharedIdentity } from './identity.js';

export class ByteBudget {
  private used = 0;

  constructor(private readonly limit: number, metrics: SelfMetrics) {
    metrics.observe('meterlark_server_in_flight_bytes', 'Bytes of requests that are being received or handled.', () => this.used);
  }

  /** What one request holds, without its `free` first bytes; it must be ended, however the request went. */
  lease(free = 0): ByteLease {
    return new ByteLease((bytes) => this.move(bytes), free);
  }

  refusal(): MeterlarkError {
    return serverErrors.METERLARK_SERVER_TOO_MANY_BYTES({
      limit: this.limit,
      setting: `${sharedIdentity} maxInFlightBytes`,
      env: settingVariable(sharedIdentity, ['maxInFlightBytes']),
    });
  }

  private move(bytes: number): boolean {
    if (bytes > 0 && this.used + bytes > this.limit) return false;
    this.used += bytes;
    return true;
  }
}

export class ByteLease {
  private held = 0;
  private ended = false;

  constructor(
    private readonly move: (bytes: number) => boolean,
    private readonly free: number,
  ) {}

  /** Makes the request hold so many bytes; false leaves all as it was, because there is no room. */
  resize(bytes: number): boolean {
    const counted = Math.max(0, bytes - this.free);
    if (this.ended || !this.move(counted - this.held)) return false;
    this.held = counted;
    return true;
  }

  end(): void {
    this.resize(0);
    this.ended = true;
  }
}
