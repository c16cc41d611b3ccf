import { expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";

/** Of many kinds, many of which have a state, an index or a dictionary in common. */
function queries(prefix: string, count: number): (readonly [name: string, sql: string])[] {
  const kinds = [
    (n: number) => `SELECT host, count(*) AS c FROM access.win:time_batch(2 sec) WHERE path = '/p${n % 7}' GROUP BY host`,
    (n: number) => `SELECT host, sum(size) AS s FROM access.win:time(3 sec) GROUP BY host HAVING sum(size) > ${n % 40}`,
    (n: number) => `SELECT path, count(*) AS c, max(size) AS m FROM access.win:length(${(n % 9) + 1}) GROUP BY path`,
    (n: number) => `SELECT host, path FROM access(size > ${n % 50})`,
    (n: number) => `SELECT host, path, count(*) AS c FROM access.win:length_batch(${(n % 5) + 2}) GROUP BY host, path`,
    () => "SELECT host, avg(rt) AS r FROM access.win:time_batch(1 sec) GROUP BY host",
    () => "SELECT count(*) AS c FROM access.std:unique(host)",
    () => "SELECT a.host AS h FROM access.win:length(1) AS a, access.std:unique(host) AS b WHERE a.host = b.host",
  ];
  return Array.from({ length: count }, (_, n) => [`${prefix}${n}`, kinds[n % kinds.length]!(n)] as const);
}

/** The rows of those that stay, in their order, while as many again come and go, or none. */
function rowsOfResidents(visitors: number): string[] {
  const run = new SqlCatalog();
  const random = new Lcg(11);
  const event = () => ({ host: `h${random.below(9)}`, path: `/p${random.below(7)}`, size: random.below(60), rt: random.below(64) / 64 });
  run.send("access", event());
  for (const [name, sql] of queries("stays", 80)) run.register(name, sql);
  const guests = queries("visits", visitors);
  const present: string[] = [];
  for (let step = 0; step < 60; step++) {
    const events = Array.from({ length: 1 + random.below(20) }, event);
    if (visitors > 0) {
      for (let turn = 0; turn < 5; turn++) {
        const [name, sql] = guests[(step * 5 + turn) % guests.length]!;
        if (run.catalog.query(name) === undefined) {
          run.register(name, sql);
          present.push(name);
        } else if (turn % 2 === 0) run.catalog.suspend(name);
        else run.catalog.resume(name);
      }
      while (present.length > 30) run.catalog.remove(present.shift()!);
    }
    run.send("access", ...events);
    run.pass(250 * random.below(5));
  }
  run.pass(10_000);
  return run.taken().filter((row) => row.startsWith("stays"));
}

/** Numbers that look random and are the same in every run. */
class Lcg {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0;
    return (this.#state >>> 8) % bound;
  }
}

test("queries that come, are suspended, go on and go while events flow disturb no row of the others", () => {
  const undisturbed = rowsOfResidents(0);
  expect(undisturbed.length).toBeGreaterThan(10_000);
  expect(rowsOfResidents(100)).toEqual(undisturbed);
});
