/**
 * Who is due first. A binary heap with lazy deletion: setting a new time leaves the old entry
 * where it is, and it is thrown away when it surfaces. Cost per change: log n, so that 2,000
 * programs that restart all the time stay cheap.
 */
interface Entry<T> {
  readonly item: T;
  readonly at: number;
  readonly sequence: number;
}

export class DueQueue<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #current = new Map<T, Entry<T>>();
  #sequence = 0;

  /** Replaces the item's time; Infinity removes it. Equal times come out in the order they were set. */
  set(item: T, at: number): void {
    const known = this.#current.get(item);
    if (known?.at === at) return;
    if (at === Infinity) {
      this.#current.delete(item);
      return;
    }
    const entry = { item, at, sequence: this.#sequence++ };
    this.#current.set(item, entry);
    this.#push(entry);
  }

  /** The earliest time anything is due at; Infinity when nothing is. */
  earliest(): number {
    this.#dropStale();
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Takes out the first item that is due, or undefined. */
  takeDue(now: number): T | undefined {
    this.#dropStale();
    const top = this.#heap[0];
    if (top === undefined || top.at > now) return undefined;
    this.#pop();
    this.#current.delete(top.item);
    return top.item;
  }

  #dropStale(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#current.get(top.item) === top) return;
      this.#pop();
    }
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Entry<T>;
      if (!isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (
        child + 1 < heap.length && isBefore(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)
      ) {
        child++;
      }
      if (!isBefore(heap[child] as Entry<T>, last)) break;
      heap[index] = heap[child] as Entry<T>;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
