/**
 * Attribute cache: from an attributes object to this thread's handle, without making its text.
 *
 * A call site builds its attributes with the same keys in the same order, so what is looked for first are those of the last
 * call: each key is compared, each value is looked up in a Map of its own. A hit allocates nothing.
 *
 *     shape [route, status]   "/cart" -> 200 -> handle
 *                                        404 -> handle
 *     shape [status, route]   ...
 *
 * Only handles that have a series are kept, under values that tell series apart, and those whose series has gone are dropped
 * now and then; so a cache holds about twice the series of its instrument at most, in each of its shapes, whatever values
 * attributes have.
 */
/** Orders of keys that are looked through. An instrument with more is used by code that makes up attributes. */
const SHAPES_MAX = 16;
/** Handles that are added before the first look for those whose series has gone. */
const FIRST_PURGE = 64;

/** A handle that says whether its series is there. */
export interface Placed {
  readonly place: { isLive(): boolean };
}

type Node<H> = Map<unknown, Node<H> | H>;

class Shape<H> {
  root: Node<H> | H | undefined;

  constructor(
    readonly keys: readonly string[],
    /** Of each key: whether its values tell series apart. */
    readonly kept: readonly boolean[],
  ) {}

  isOf(keys: readonly string[]): boolean {
    return keys.length === this.keys.length && keys.every((key, i) => key === this.keys[i]);
  }
}

export class AttributeCache<H extends Placed> {
  /** Of the last hit. */
  private latest: Shape<H> = new Shape<H>([], []);
  private shapes: Shape<H>[] = [];
  private added = 0;
  private purgeAt = FIRST_PURGE;

  /** @param isKept whether a series is told apart by an attribute; all are, if absent */
  constructor(private readonly isKept?: (key: string) => boolean) {}

  /** Undefined for attributes that are not known: the slow path is asked then, and adds them. Never throws. */
  get(attributes: object): H | undefined {
    // A getter, or a proxy, may throw.
    try {
      const prototype: unknown = Object.getPrototypeOf(attributes);
      // What is inherited is no attribute, and the loops below would see it.
      if (prototype !== Object.prototype && prototype !== null) return undefined;
      return this.find(this.latest, attributes) ?? this.getOther(attributes);
    } catch {
      return undefined;
    }
  }

  /**
   * Leads attributes with these values to a handle from now on.
   *
   * @param fields as fieldsOf() has read them
   */
  add(fields: Readonly<Record<string, unknown>>, handle: H): void {
    if (!handle.place.isLive()) return;
    // Before its shape is looked for, which may be made room for.
    this.purgeIfDue();
    const keys = Object.keys(fields);
    const shape = this.shapes.find(known => known.isOf(keys)) ?? this.newShape(keys);
    if (shape === undefined) return;
    const values = keys.map(key => fields[key]).filter((_, i) => shape.kept[i]);
    if (!values.every(isLasting)) return;
    put(shape, values, handle);
    this.latest = shape;
  }

  private find(shape: Shape<H>, attributes: object): H | undefined {
    const { keys, kept } = shape;
    let node: unknown = shape.root;
    let depth = 0;
    for (const key in attributes) {
      if (key !== keys[depth]) return undefined;
      if (kept[depth]) {
        node = (node as Node<H>).get((attributes as Record<string, unknown>)[key]);
        if (node === undefined) return undefined;
      }
      depth++;
    }
    return depth === keys.length ? (node as H | undefined) : undefined;
  }

  private getOther(attributes: object): H | undefined {
    for (const shape of this.shapes) {
      if (shape === this.latest) continue;
      const handle = this.find(shape, attributes);
      if (handle === undefined) continue;
      this.latest = shape;
      return handle;
    }
    return undefined;
  }

  private newShape(keys: readonly string[]): Shape<H> | undefined {
    if (this.shapes.length >= SHAPES_MAX) return undefined;
    const { isKept } = this;
    const shape = new Shape<H>(
      keys,
      keys.map(key => isKept?.(key) ?? true),
    );
    if (shape.kept.includes(true)) shape.root = new Map();
    this.shapes.push(shape);
    return shape;
  }

  /** After as many additions as there were handles, so that each one pays for a constant part of it. */
  private purgeIfDue(): void {
    this.added++;
    if (this.added < this.purgeAt) return;
    let live = 0;
    for (const shape of this.shapes) live += purgedShape(shape);
    // Those whose series have gone make room for those that are in use now.
    this.shapes = this.shapes.filter(({ root }) =>
      root instanceof Map ? root.size > 0 : root !== undefined,
    );
    this.added = 0;
    this.purgeAt = live + FIRST_PURGE;
  }
}

/** False for what is another one at each call, whatever it holds: what it leads to would be kept without end. */
function isLasting(value: unknown): boolean {
  return value === null || !['object', 'function', 'symbol'].includes(typeof value);
}

function put<H>(shape: Shape<H>, values: readonly unknown[], handle: H): void {
  if (values.length === 0) {
    shape.root = handle;
    return;
  }
  let node = shape.root as Node<H>;
  for (const value of values.slice(0, -1)) {
    let next = node.get(value) as Node<H> | undefined;
    if (next === undefined) {
      next = new Map();
      node.set(value, next);
    }
    node = next;
  }
  node.set(values.at(-1), handle);
}

/** Drops what leads to no series; returns how many handles are left. */
function purgedShape<H extends Placed>(shape: Shape<H>): number {
  const { root } = shape;
  if (root instanceof Map) return purged(root);
  if (root?.place.isLive() !== true) shape.root = undefined;
  return shape.root === undefined ? 0 : 1;
}

function purged<H extends Placed>(node: Node<H>): number {
  let live = 0;
  for (const [value, child] of node) {
    const count = child instanceof Map ? purged(child) : Number(child.place.isLive());
    if (count === 0) node.delete(value);
    live += count;
  }
  return live;
}
