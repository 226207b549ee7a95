/**
 * Requests seen of late, so that one that is sent again counts once. Two generations of half of them each: what was not
 * seen for a whole one is forgotten. Known by time first, for an id alone (x-request-id) may stand on several requests.
 */
import { keyOf, ownCopy } from './own-key.js';

export class RecentRequests {
  private young = new Map<number, string | Set<string>>();
  private old = new Map<number, string | Set<string>>();
  private added = 0;

  constructor(
    /** 0 remembers nothing. */
    private readonly max: number,
  ) {}

  /** false when it was seen before. `timeUs`: its start, or whatever does not change when it is sent again. */
  isNew(tenant: string, timeUs: number, id: string): boolean {
    // Tenants are strangers, even where one sender tells both of the same request.
    const name = keyOf(tenant === '' ? id : `${tenant}/${id}`);
    if (holds(this.young.get(timeUs), name) || holds(this.old.get(timeUs), name)) return false;
    if (this.max > 0) this.remember(timeUs, ownCopy(name));
    return true;
  }

  private remember(timeUs: number, name: string): void {
    if (this.added >= this.max / 2) {
      this.old = this.young;
      this.young = new Map();
      this.added = 0;
    }
    this.added += 1;
    const known = this.young.get(timeUs);
    if (known === undefined) this.young.set(timeUs, name);
    else if (typeof known === 'string') this.young.set(timeUs, new Set([known, name]));
    else known.add(name);
  }
}

function holds(known: string | Set<string> | undefined, name: string): boolean {
  return typeof known === 'object' ? known.has(name) : known === name;
}
