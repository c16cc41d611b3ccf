import fc from "fast-check";
import { expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";
import { openDatabase } from "../kit/index.ts";
import { CATALOG_MIGRATIONS, CatalogStore } from "./index.ts";

const FIELDS = ["a", "b", "c"] as const;
type FieldName = (typeof FIELDS)[number];
type Event = Partial<Record<FieldName, number>>;

/** What a catalog of one target and queries that each show one field must do, said as plainly as can be. */
class Model {
  /** Whether a field is optional, once it is known. */
  readonly fields = new Map<FieldName, boolean>();
  readonly queries = new Map<string, { field: FieldName; isSuspended: boolean; rows: (number | null)[] }>();

  /** Its first event says what every event has; one without fields says nothing. */
  isLazy = true;

  send(event: Event): void {
    const isFirst = this.isLazy;
    if (Object.keys(event).length > 0 || this.fields.size > 0) this.isLazy = false;
    for (const field of FIELDS) if (event[field] !== undefined && !this.fields.has(field)) this.fields.set(field, !isFirst);
    for (const { field, isSuspended, rows } of this.queries.values()) {
      if (isSuspended || !this.fields.has(field)) continue;
      if (event[field] !== undefined) rows.push(event[field]);
      else if (this.fields.get(field) === false) rows.push(null);
    }
  }

  reserve(field: FieldName): boolean {
    if (this.fields.has(field)) return false;
    this.fields.set(field, true);
    return true;
  }

  close(): void {
    this.fields.clear();
    this.queries.clear();
    this.isLazy = true;
  }

  shown(): unknown {
    const state = (field: FieldName, isSuspended: boolean) => (isSuspended ? "suspended" : this.fields.has(field) ? "running" : "waiting");
    return [...this.queries].map(([name, { field, isSuspended, rows }]) => [name, state(field, isSuspended), rows]);
  }
}

type Step =
  | { readonly do: "register"; readonly name: string; readonly field: FieldName }
  | { readonly do: "put"; readonly name: string; readonly field: FieldName }
  | { readonly do: "remove" | "suspend" | "resume" | "fetch"; readonly name: string }
  | { readonly do: "send"; readonly event: Event }
  | { readonly do: "reserve"; readonly field: FieldName }
  | { readonly do: "close" }
  | { readonly do: "restart" };

const name = fc.constantFrom("q", "r", "constructor");
const field = fc.constantFrom(...FIELDS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("register" as const), name, field }),
  fc.record({ do: fc.constant("put" as const), name, field }),
  fc.record({ do: fc.constantFrom("remove" as const, "suspend" as const, "resume" as const, "fetch" as const), name }),
  fc.record({ do: fc.constant("send" as const), event: fc.record({ a: fc.nat(9), b: fc.nat(9), c: fc.nat(9) }, { requiredKeys: [] }) }),
  fc.record({ do: fc.constant("reserve" as const), field }),
  fc.record({ do: fc.constantFrom("restart" as const, "close" as const) }),
);

test("whatever is registered, edited, suspended, removed, sent and restarted, the catalog is as the model says", async () => {
  const asTheModel = fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      const database = await openDatabase({ path: ":memory:", migrations: CATALOG_MIGRATIONS });
      try {
        run(steps, new CatalogStore(database));
      } finally {
        database.close();
      }
    }),
    { numRuns: 150 },
  );
  await expect(asTheModel).resolves.toBeUndefined();
});

function run(steps: readonly Step[], store: CatalogStore): void {
  const model = new Model();
  let sql = new SqlCatalog({ store });
  sql.catalog.openTarget("t");
  for (const one of steps) {
    if (one.do === "restart") {
      const next = new SqlCatalog({ store });
      next.catalog.restore(sql.catalog.save());
      next.catalog.loadTargets();
      next.catalog.loadQueries();
      next.catalog.restored();
      sql = next;
    } else take(one, model, sql);
    const shown = sql.catalog.queries().map(({ name: query, state }) => [query, state, sql.catalog.see(query).map(({ row }) => row["v"])]);
    expect(shown).toEqual(model.shown());
  }
}

function take(one: Exclude<Step, { do: "restart" }>, model: Model, { catalog, clock }: SqlCatalog): void {
  if (one.do === "send") {
    catalog.send("t", [one.event], clock.nowMs());
    return model.send(one.event);
  }
  if (one.do === "reserve") {
    expect(catalog.reserve("t", one.field, "integer")).toBe(model.reserve(one.field));
    return;
  }
  if (one.do === "close") {
    expect(catalog.closeTarget("t")).toBe(true);
    expect(catalog.openTarget("t")).toBe(true);
    return model.close();
  }
  const standing = model.queries.get(one.name);
  const definition = "field" in one ? { name: one.name, sql: `SELECT ${one.field} AS v FROM t` } : undefined;
  switch (one.do) {
    case "register":
      if (standing !== undefined) {
        expect(() => catalog.register(definition!)).toThrow("is there already");
        return;
      }
      expect(catalog.register(definition!)).toBe(model.fields.has(one.field));
      model.queries.set(one.name, { field: one.field, isSuspended: false, rows: [] });
      return;
    case "put":
      catalog.put(definition!);
      // Rows that nobody has fetched stay.
      model.queries.set(one.name, { field: one.field, isSuspended: standing?.isSuspended ?? false, rows: standing?.rows ?? [] });
      return;
    case "remove":
      expect(catalog.remove(one.name)).toBe(model.queries.delete(one.name));
      return;
    case "suspend":
      expect(catalog.suspend(one.name)).toBe(standing?.isSuspended === false);
      if (standing !== undefined) [standing.isSuspended, standing.rows] = [true, []];
      return;
    case "resume":
      expect(catalog.resume(one.name)).toBe(standing?.isSuspended === true);
      if (standing !== undefined) standing.isSuspended = false;
      return;
    case "fetch":
      catalog.fetch(one.name);
      if (standing !== undefined) standing.rows = [];
  }
}
