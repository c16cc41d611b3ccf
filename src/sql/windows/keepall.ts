import { type Change, defineWindow, type StatementEvent, type Window, type WindowForm } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";
import { HeldWindow } from "./held.ts";

export const keepall = defineWindow({
  name: "win:keepall",
  summary: "Keeps every event: only the budget of the statement bounds it.",
  parameters: [],
  example: "SELECT host, count(*) AS requests FROM access.win:keepall() GROUP BY host",
  after: "Esper 5.2 reference, 'Keep-All window (win:keepall)'",
  resolve(parameters) {
    if (parameters.length > 0) return "it takes no parameters.";
    return keepAll;
  },
});

export const keepAll: WindowForm = { open: () => new KeepAllWindow(new Fifo()), pace: undefined };

class KeepAllWindow extends HeldWindow<Fifo> implements Window {
  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    this.held.take(leaving);
    for (const event of arriving) this.held.push(event);
    return [{ entered: arriving, left: leaving }];
  }
}
