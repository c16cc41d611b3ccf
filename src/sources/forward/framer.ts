/** Finds where messages end in bytes that come in pieces, whatever the pieces are. It goes over each byte once. */
export interface Framer {
  /**
   * Looks on in `[0, end)` of `bytes`, where the message in hand begins at 0; what was shown before stands there unchanged. After it, the
   * message in hand is the one that begins at `wholeEnd`. `each` is told of every message that is whole.
   */
  scan(bytes: Buffer, end: number, each?: (start: number, end: number) => void): Framed;
}

export interface Framed {
  /** Where the last message ends that is whole; 0 when none is. */
  readonly wholeEnd: number;
  /** Bytes that the message behind them has at least, of which some may be still to come. */
  readonly neededBytes: number;
  /** Why these bytes are none of the protocol. Nothing more can be found in them. */
  readonly problem?: string;
}
