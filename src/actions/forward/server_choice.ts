/** A server that may be sent to. */
export interface Choosable {
  readonly weight: number;
  /** Sent to only while none of the others is up. */
  readonly standby: boolean;
  readonly isUp: boolean;
}

/**
 * In which order servers are tried: first one of those that are up, each as often as its weight says and the turns spread evenly; then the
 * other ones that are up, those on standby behind them; and what is down at last, for it may be up again.
 */
export class ServerChoice<Server extends Choosable> {
  readonly #servers: readonly Server[];
  readonly #credits: number[];

  constructor(servers: readonly Server[]) {
    this.#servers = servers;
    this.#credits = servers.map(() => 0);
  }

  order(): Server[] {
    const first = this.#turn();
    return this.#servers.toSorted((left, right) => rank(left, first) - rank(right, first));
  }

  /** Smooth weighted round robin, as nginx does it: each gains its weight, and whoever has most pays for all. */
  #turn(): Server | undefined {
    const up = [...this.#servers.entries()].filter(([, { isUp }]) => isUp);
    const main = up.filter(([, { standby }]) => !standby);
    const inTurn = main.length > 0 ? main : up;
    let chosen: number | undefined;
    let total = 0;
    for (const [index, { weight }] of inTurn) {
      total += weight;
      this.#credits[index]! += weight;
      if (chosen === undefined || this.#credits[index]! > this.#credits[chosen]!) chosen = index;
    }
    if (chosen === undefined) return undefined;
    this.#credits[chosen]! -= total;
    return this.#servers[chosen];
  }
}

function rank(server: Choosable, first: Choosable | undefined): number {
  if (server === first) return 0;
  return (server.isUp ? 1 : 3) + (server.standby ? 1 : 0);
}
