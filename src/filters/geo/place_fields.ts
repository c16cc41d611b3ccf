import type { FieldType } from "../../event/index.ts";
import type { Step } from "./mmdb_data.ts";

/** Something that databases know of an address. */
export interface PlaceField {
  readonly type: FieldType;
  readonly doc: string;
  /** Where it stands in a record; `LANGUAGE` is put in its place. */
  readonly path: readonly (string | number)[];
}

/** Stands in a path for the language of names. */
export const LANGUAGE = "*";

/** What can be added to events, by the name that it has in them unless the settings say otherwise. */
export const PLACE_FIELDS = {
  country_code: { type: "string", doc: "two letters (ISO 3166-1)", path: ["country", "iso_code"] },
  country: { type: "string", doc: "name of the country", path: ["country", "names", LANGUAGE] },
  continent_code: { type: "string", doc: "two letters", path: ["continent", "code"] },
  registered_country_code: { type: "string", doc: "of who the network was given to", path: ["registered_country", "iso_code"] },
  region_code: { type: "string", doc: "up to three letters or digits (ISO 3166-2)", path: ["subdivisions", 0, "iso_code"] },
  region: { type: "string", doc: "name of the region", path: ["subdivisions", 0, "names", LANGUAGE] },
  city: { type: "string", doc: "name of the city", path: ["city", "names", LANGUAGE] },
  postal_code: { type: "string", doc: "as written there", path: ["postal", "code"] },
  time_zone: { type: "string", doc: "as in Europe/Berlin", path: ["location", "time_zone"] },
  latitude: { type: "float", doc: "degrees", path: ["location", "latitude"] },
  longitude: { type: "float", doc: "degrees", path: ["location", "longitude"] },
  accuracy_radius: { type: "integer", doc: "kilometres around it", path: ["location", "accuracy_radius"] },
  asn: { type: "integer", doc: "number of the autonomous system", path: ["autonomous_system_number"] },
  as_org: { type: "string", doc: "who runs it", path: ["autonomous_system_organization"] },
} as const satisfies Readonly<Record<string, PlaceField>>;

export type PlaceFieldName = keyof typeof PLACE_FIELDS;

/** The steps to a field in a record, with names in that language. */
export function stepsTo(name: PlaceFieldName, language: string): Step[] {
  return PLACE_FIELDS[name].path.map((step) => (typeof step === "number" ? step : Buffer.from(step === LANGUAGE ? language : step)));
}
