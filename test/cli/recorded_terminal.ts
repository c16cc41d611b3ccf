import type { Screen, Terminal } from "../../src/cli/terminal.ts";

/** A screen that remembers what was written on it: for tests. */
export interface RecordedScreen extends Screen {
  readonly text: string;
}

export function recordedScreen({ isTerminal = false, columns = 80 }: { isTerminal?: boolean; columns?: number } = {}): RecordedScreen {
  let text = "";
  return {
    isTerminal,
    columns,
    write: (more) => void (text += more),
    style: (_, styled) => styled,
    get text() {
      return text;
    },
  };
}

export function recordedTerminal(options?: { isTerminal?: boolean; columns?: number }): Terminal & {
  readonly out: RecordedScreen;
  readonly err: RecordedScreen;
} {
  return { out: recordedScreen(options), err: recordedScreen(options) };
}
