/** Numbers pairs of small integers (-1 and up) densely from 0, in order of first sight: how a key of several parts becomes one number. */
export class PairTable {
  #capacity = 1 << 10;
  /** Number + 1 at each place; 0 is an empty one. */
  #numbers = new Int32Array(this.#capacity);
  #left: Int32Array = new Int32Array(this.#capacity >> 1);
  #right: Int32Array = new Int32Array(this.#capacity >> 1);
  #count = 0;

  /** Pairs that have a number. */
  get count(): number {
    return this.#count;
  }

  /** The number of a pair, which it gets if it has none. */
  number(left: number, right: number): number {
    const mask = this.#capacity - 1;
    let place = hash(left, right) & mask;
    for (;;) {
      const number = this.#numbers[place]! - 1;
      if (number === -1) return this.#add(left, right, place);
      if (this.#left[number] === left && this.#right[number] === right) return number;
      place = (place + 1) & mask;
    }
  }

  #add(left: number, right: number, place: number): number {
    const number = this.#count++;
    this.#left[number] = left;
    this.#right[number] = right;
    this.#numbers[place] = number + 1;
    if (this.#count * 2 >= this.#capacity) this.#grow();
    return number;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#numbers = new Int32Array(this.#capacity);
    this.#left = enlarged(this.#left);
    this.#right = enlarged(this.#right);
    const mask = this.#capacity - 1;
    for (let number = 0; number < this.#count; number++) {
      let place = hash(this.#left[number]!, this.#right[number]!) & mask;
      while (this.#numbers[place] !== 0) place = (place + 1) & mask;
      this.#numbers[place] = number + 1;
    }
  }
}

function hash(left: number, right: number): number {
  let mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 13);
}

function enlarged(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
