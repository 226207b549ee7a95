/** Keys of the tags of a row, one object for all rows that have the same: what is known of them is found out once. */
import { boundedName, type AttributeShape, type AttributeValue, type CutEvents } from '@meterlark/core';

/** Keys of lists that are remembered because rules added to one: senders may choose what a rule adds. */
const maxRemembered = 500_000;

/** What may still be remembered; 0 when something was not. */
interface Room {
  keys: number;
}
const noRoom: Room = { keys: 0 };

export class TagKeys {
  /** Place of each tag whose values are offered for completion, and which of the tenant's lists it belongs to. */
  readonly facetPlaces: readonly number[];
  readonly facetLists: readonly number[];
  private readonly places: ReadonlyMap<string, number>;
  private readonly next = new Map<string, TagKeys>();

  constructor(
    readonly keys: readonly string[],
    private readonly searchable: ReadonlyMap<string, number>,
    private readonly room: Room,
  ) {
    this.places = new Map(keys.map((key, place) => [key, place]));
    const facets = keys.flatMap((key, place) => {
      const list = searchable.get(key);
      return list === undefined ? [] : [{ place, list }];
    });
    this.facetPlaces = facets.map(({ place }) => place);
    this.facetLists = facets.map(({ list }) => list);
  }

  /** -1 when it is not among them. */
  placeOf(key: string): number {
    return this.places.get(key) ?? -1;
  }

  /** These and one more, which is not among them. */
  with(key: string): TagKeys {
    const known = this.next.get(key);
    if (known !== undefined) return known;
    const size = this.keys.length + 1;
    const { room } = this;
    const isKept = size <= room.keys;
    const made = new TagKeys([...this.keys, key], this.searchable, isKept ? room : noRoom);
    room.keys = isKept ? room.keys - size : 0;
    if (isKept) this.next.set(key, made);
    return made;
  }
}

export interface ShapePlan {
  readonly tags: TagKeys;
  /** Attributes over the limit, which are not stored. */
  readonly over: number;
}

/** Plans by shape: which of its attributes are stored, and under which keys. */
export class TagPlans {
  private plans = new WeakMap<AttributeShape, ShapePlan>();
  private room: Room;
  private readonly searchable: ReadonlyMap<string, number>;

  constructor(
    searchableTags: readonly string[],
    private readonly maxAttributes: number,
    private readonly cuts: CutEvents,
    private readonly most = maxRemembered,
  ) {
    this.room = { keys: most };
    this.searchable = new Map(searchableTags.map((key, list) => [key, list]));
  }

  of(shape: AttributeShape): ShapePlan {
    if (this.room.keys === 0) this.forget();
    const known = this.plans.get(shape);
    if (known !== undefined) return known;
    const made = this.make(shape.keys, this.room);
    this.plans.set(shape, made);
    return made;
  }

  /** What is in use is soon there again. */
  private forget(): void {
    this.plans = new WeakMap();
    this.room = { keys: this.most };
  }

  /** The plan when some values are not set: those keys are left out. */
  ofSet(keys: readonly string[], values: readonly AttributeValue[]): ShapePlan {
    return this.make(keys.filter((_, place) => values[place] !== undefined), noRoom);
  }

  private make(keys: readonly string[], room: Room): ShapePlan {
    const stored = keys.slice(0, this.maxAttributes).map((key) => boundedName(key, this.cuts.name));
    return { tags: new TagKeys(stored, this.searchable, room), over: keys.length - stored.length };
  }
}
