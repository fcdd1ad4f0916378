/** One deadline at a time for something that a client owes. */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `missed` after `ms`, unless it is called off. An earlier deadline stays as it is. */
  set(ms: number, missed: () => void): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      missed();
    }, ms);
  }

  callOff(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
