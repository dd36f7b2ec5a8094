/**
 * Handle cache: from label values to this thread's handle, without building a key.
 *
 * A tree of Maps, one level for each label name: nothing is concatenated, so no two label sets can collide, and a hit
 * allocates nothing. Raw values are cached beside their text (200 beside "200"); both lead to the same handle.
 */
import type { Labels } from './label-set.js';

const NOTHING: readonly string[] = [];

/** What the values of one label lead to: handles, or the values of the next one. */
class Node<H> extends Map<unknown, Node<H> | H> {
  /** The texts that lead to the handles here; nothing where there are none. */
  constructor(readonly outer: readonly string[]) {
    super();
  }
}

export class HandleCache<H extends object | number> {
  private root = new Node<H>(NOTHING);

  constructor(private readonly labelNames: readonly string[]) {}

  /**
   * The cached handle for a label object. Undefined also when the object has fewer labels than the family, or others:
   * the slow path knows what to do about that.
   */
  get(labels: Labels): H | undefined {
    const { labelNames } = this;
    let node: unknown = this.root;
    let depth = 0;
    // Callers build their label objects in one order, nearly always that of the label names: then each key is compared
    // once, which finds unknown labels as well.
    for (const name in labels) {
      if (name !== labelNames[depth]) return this.getUnordered(labels);
      node = (node as Node<H>).get(labels[name]);
      if (node === undefined) return undefined;
      depth++;
    }
    return depth > 0 && depth === labelNames.length ? (node as H) : undefined;
  }

  /** The cached handle for positional values, as many as there are label names. */
  getByList(values: readonly unknown[]): H | undefined {
    let node: unknown = this.root;
    for (let i = 0; i < values.length; i++) {
      node = (node as Node<H>).get(values[i]);
      if (node === undefined) return undefined;
    }
    return node as H;
  }

  /**
   * Adds a handle under its texts.
   *
   * @returns all of them but the last, as a list that is the same one for all handles that have these in common
   */
  addTexts(values: readonly string[], handle: H): readonly string[] {
    return this.put(values, handle).outer;
  }

  /** Adds a handle under values that are not all of them texts. */
  add(values: readonly unknown[], handle: H): void {
    this.put(values, handle);
  }

  private put(values: readonly unknown[], handle: H): Node<H> {
    const last = values.length - 1;
    let node = this.root;
    for (let depth = 0; depth < last; depth++) {
      let next = node.get(values[depth]) as Node<H> | undefined;
      if (next === undefined) {
        // Texts wherever they are asked for: texts do not lead to a node that was made for other values.
        next = new Node(depth === last - 1 ? (values.slice(0, last) as string[]) : NOTHING);
        node.set(values[depth], next);
      }
      node = next;
    }
    node.set(values[last], handle);
    return node;
  }

  /** Drops the handle under these values; under other values that lead to it, it stays until the next purge. */
  delete(values: readonly unknown[]): void {
    this.deleteIn(this.root, 0, values);
  }

  /** Drops the handles that `isLive` denies, under every value that leads to them. */
  purge(isLive: (handle: H) => boolean): void {
    this.purgeNode(this.root, 1, isLive);
  }

  clear(): void {
    this.root = new Node(NOTHING);
  }

  /** Levels that are left empty go too: values of an outer label may come and go without end. */
  private deleteIn(node: Node<H>, depth: number, values: readonly unknown[]): void {
    const value = values[depth];
    const child = depth < values.length - 1 ? (node.get(value) as Node<H> | undefined) : undefined;
    if (child !== undefined) this.deleteIn(child, depth + 1, values);
    if (depth === values.length - 1 || child?.size === 0) node.delete(value);
  }

  private purgeNode(node: Node<H>, depth: number, isLive: (handle: H) => boolean): void {
    for (const [value, child] of node) {
      if (depth === this.labelNames.length) {
        if (!isLive(child as H)) node.delete(value);
        continue;
      }
      this.purgeNode(child as Node<H>, depth + 1, isLive);
      if ((child as Node<H>).size === 0) node.delete(value);
    }
  }

  private getUnordered(labels: Labels): H | undefined {
    const { labelNames } = this;
    let given = 0;
    for (const name in labels) {
      if (!labelNames.includes(name)) return undefined;
      given++;
    }
    if (given === 0 || given !== labelNames.length) return undefined;
    let node: unknown = this.root;
    for (const name of labelNames) {
      node = (node as Node<H>).get(labels[name]);
      if (node === undefined) return undefined;
    }
    return node as H;
  }
}
