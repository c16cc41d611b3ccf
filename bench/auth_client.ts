// The client of the figures of http_auth, in a thread of its own: asks on kept connections, as a proxy does, and gives how long each answer took.

import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/** What it asks: `warm` questions that are not measured, then `questions`; each about another client, of whom the first `blocked` are blocked. */
export interface Asking {
  readonly url: string;
  readonly connections: number;
  readonly warm: number;
  readonly questions: number;
  readonly clients: readonly string[];
  readonly blocked: number;
}

if (parentPort !== null) {
  const asking = workerData as Asking;
  await answersTo(asking, asking.warm);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is of windows; threads have no origin
  parentPort.postMessage(await answersTo(asking, asking.questions));
}

/** How long each answer took, in ms. Throws when one is not what the block list says. */
async function answersTo({ url, connections, clients, blocked }: Asking, questions: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const ask = async (from: number): Promise<void> => {
    for (let question = from; question < questions; question += connections) {
      // A step that has nothing in common with their number comes to all of them, blocked and not, in turn.
      const place = (question * 7) % clients.length;
      const began = performance.now();
      const status = await statusOf(url, agent, clients[place]!);
      times.push(performance.now() - began);
      if (status !== (place < blocked ? 403 : 200)) throw new Error(`${clients[place]} was answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, async (_, connection) => ask(connection)));
  agent.destroy();
  return times;
}

function statusOf(url: string, agent: Agent, client: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers: { "x-forwarded-for": client } }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.once("error", reject);
    asked.end();
  });
}
