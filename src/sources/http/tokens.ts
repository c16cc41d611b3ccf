import { createHash, timingSafeEqual } from "node:crypto";

/** The tokens that let a sender in; without any, everybody is. */
export class Tokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map((token) => digestOf(token));
  }

  /** Whether the header `Authorization` gives one of them. It takes as long for one that is nearly right as for any other. */
  admit(authorization: string | undefined): boolean {
    if (this.#digests.length === 0) return true;
    const given = digestOf(/^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "");
    let isKnown = false;
    for (const digest of this.#digests) if (timingSafeEqual(digest, given)) isKnown = true;
    return isKnown;
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
