import { styleText } from "node:util";

/** Where a command writes: data to `out`, everything that is said about it to `err`. Tests hand in their own. */
export interface Terminal {
  readonly out: Screen;
  readonly err: Screen;
}

export interface Screen {
  /** A person is looking: colours, a bar that moves. */
  readonly isTerminal: boolean;
  /** Characters in a line; 80 where nobody knows. */
  readonly columns: number;
  write(text: string): void;
  /** `text` in that style on a terminal, and as it is elsewhere. */
  style(style: Style, text: string): string;
}

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** The terminal of this process. Colours follow NO_COLOR and FORCE_COLOR, as everywhere. */
export function processTerminal(): Terminal {
  return { out: screenOf(process.stdout), err: screenOf(process.stderr) };
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  const isTerminal = stream.isTTY;
  const isColoured = isTerminal && process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb";
  return {
    isTerminal,
    get columns() {
      return stream.columns || 80;
    },
    write: (text) => void stream.write(text),
    style: (style, text) => (isColoured ? styleText(style, text) : text),
  };
}
