import { msgpackChildren, msgpackHeadLength } from "../../kit/index.ts";
import type { Framed, Framer } from "./framer.ts";

/** Values of MessagePack. Only a count of what is left of a value is kept, so it may be nested as deep as it likes. */
export class MsgpackFramer implements Framer {
  /** Where the next head of the value in hand stands, from its beginning, and how many values are left to it. */
  #at = 0;
  #left = 1;

  scan(bytes: Buffer, end: number, each?: (start: number, end: number) => void): Framed {
    let [start, at, left] = [0, this.#at, this.#left];
    for (;;) {
      if (left === 0) {
        // Its last bytes may be still to come.
        if (at > end) break;
        each?.(start, at);
        start = at;
        left = 1;
      }
      const length = at < end ? msgpackHeadLength(bytes, at, end) : 0;
      if (length === 0) break;
      if (length < 0) return { wholeEnd: start, neededBytes: 0, problem: "no value of MessagePack begins with the byte 0xc1" };
      left += msgpackChildren(bytes, at) - 1;
      at += length;
    }
    this.#at = at - start;
    this.#left = left;
    return { wholeEnd: start, neededBytes: at - start };
  }
}
