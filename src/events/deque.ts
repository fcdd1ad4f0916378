/** A queue with two open ends on a ring: every operation takes constant time. */
export class Deque<T> {
  #ring: (T | undefined)[] = new Array<T | undefined>(8);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  pushBack(item: T): void {
    this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  pushFront(item: T): void {
    this.#grow();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#size += 1;
  }

  popFront(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    return item;
  }

  peekFront(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head];
  }

  /** Front to back. */
  toArray(): T[] {
    const items: T[] = [];
    for (let i = 0; i < this.#size; i++) {
      items.push(this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T);
    }
    return items;
  }

  /** Capacity stays a power of two, so that positions wrap with a mask. */
  #grow(): void {
    if (this.#size < this.#ring.length) return;
    const items: (T | undefined)[] = this.toArray();
    items.length = this.#ring.length * 2;
    this.#ring = items;
    this.#head = 0;
  }
}
