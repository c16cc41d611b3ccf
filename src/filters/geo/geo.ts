import { defineFilter, duration, size, type Zod } from "../../component/index.ts";
import { LANGUAGE, PLACE_FIELDS, type PlaceField, type PlaceFieldName, stepsTo } from "./place_fields.ts";
import { Places } from "./places.ts";

interface GeoConfig {
  readonly database: readonly string[];
  readonly address: string;
  /** By the name that it has in events. */
  readonly fields: ReadonlyMap<string, PlaceFieldName>;
  readonly language: string;
  readonly addresses_max: number;
  readonly database_bytes_max: number;
  /** Milliseconds. */
  readonly reload_interval: number;
}

export const geo = defineFilter<GeoConfig, Places>({
  name: "geo",
  summary: "Adds to events where their address is and whose network it is in, by databases of the MaxMind DB format (GeoLite2, GeoIP2).",
  config: (z) =>
    z.strictObject({
      database: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(10)])
        .transform((paths) => (typeof paths === "string" ? [paths] : paths))
        .describe(
          "File, or files, of which the first that knows a field gives it. A relative path starts at the folder of the settings file.",
        ),
      address: z.string().min(1).max(256).default("host").describe("Field with the address."),
      fields: fieldsSetting(z),
      language: z
        .string()
        .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?$/, "a language as en, de or zh-CN was wanted.")
        .default("en")
        .describe("Language of names. What has no name in it is null."),
      addresses_max: z
        .int()
        .min(100)
        .max(10_000_000)
        .default(20_000)
        .describe("Addresses of which what was found is remembered. Beyond that those that were not asked for lately are looked up again."),
      database_bytes_max: size(z, { minBytes: 1024, maxBytes: 2 ** 31 })
        .prefault("256MB")
        .describe("Largest file that is read, each into memory."),
      reload_interval: duration(z, { minMs: 1000, maxMs: 86_400_000 })
        .prefault("1min")
        .describe(
          "How often it is looked whether a file was replaced. A new one that is broken is told, and the one before stays in force.",
        ),
    }),
  examples: [
    { database: "GeoLite2-Country.mmdb" },
    {
      database: ["/usr/share/GeoIP/GeoLite2-City.mmdb", "/usr/share/GeoIP/GeoLite2-ASN.mmdb"],
      address: "remote",
      fields: { country: "country_code", city: "city", lat: "latitude", lon: "longitude", asn: "asn", network_of: "as_org" },
    },
  ],
  open: async (config, context) => {
    const fields = [...config.fields.values()].map((name) => ({ type: PLACE_FIELDS[name].type, steps: stepsTo(name, config.language) }));
    const { database: databases, addresses_max: addressesMax, database_bytes_max: bytesMax, reload_interval: reloadEveryMs } = config;
    return Places.open({ databases, fields, addressesMax, bytesMax, reloadEveryMs }, context);
  },
  apply: ({ address, fields }, plan, places) => {
    const of = [plan.field(address)];
    for (const [index, [name, known]] of [...fields].entries()) {
      plan.set(name, { kind: "made", type: PLACE_FIELDS[known].type, of, make: ([value]) => places?.valueOf(index, value) ?? null });
    }
  },
});

/** A list of what is added under its own name, or names in events, each with what stands there. */
function fieldsSetting(z: Zod) {
  const known = z.enum(Object.keys(PLACE_FIELDS) as PlaceFieldName[]);
  const words = Object.entries<PlaceField>(PLACE_FIELDS).map(
    ([name, { doc, path }]) => `\`${name}\` (${doc}${path.includes(LANGUAGE) ? "*" : ""})`,
  );
  return z
    .union([z.array(known).min(1), z.record(z.string().min(1).max(256), known)])
    .default(["country_code"])
    .transform((written) => new Map(Array.isArray(written) ? written.map((name) => [name, name] as const) : Object.entries(written)))
    .refine((fields) => fields.size > 0 && fields.size <= FIELDS_MAX, `1 to ${FIELDS_MAX} fields were wanted.`)
    .describe(
      `What is added: a list, or names of fields, each with one of ${words.join(", ")}. All of them are null where the address is missing, is none, or is in no network of the databases. *: in \`language\`.`,
    );
}

const FIELDS_MAX = 50;
