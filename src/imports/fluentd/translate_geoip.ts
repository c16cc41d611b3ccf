import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";
import type { Item } from "./translate_sources.ts";

/**
 * Translates the filter of fluent-plugin-geoip: fields that are each `${PATH["KEY"]}`, where PATH is that of a database of GeoIP2, or the name
 * of a column of the databases before them, and KEY the field with the address.
 */
export function translateGeoip(filter: Section, notes: Notes): Item | undefined {
  const [key = "host", ...others] = filter.list("geoip_lookup_keys", "geoip_lookup_key");
  const fields = new Map<string, string>();
  for (const section of filter.all("record")) {
    for (const { key: name, text } of section.parameters) {
      section.parameter(name);
      const [, path = "", of] = /^\s*\$\{([\w.]+)\[["']([^"']+)["']\]\}\s*$/.exec(text) ?? [];
      const known = FIELDS.get(path);
      if (known !== undefined && of === key) fields.set(name, known);
      else
        notes.add(
          "untranslated",
          section,
          `geoip: the value of ${name} cannot be said with one of the fields of geo: ${text.slice(0, 80)}`,
        );
    }
  }
  if (others.length > 0) notes.add("untranslated", filter, `geoip: a filter looks up one field; ${others.join(", ")} is not looked up.`);
  const databases = filter.list("geoip2_database");
  if (databases.length === 0) {
    const old = filter.parameter("geoip_database");
    const why = old === undefined ? "the plugin brings one of its own" : "one of the format before MaxMind DB cannot be read";
    notes.add("changed", old ?? filter, `geoip: ${why}; a file of GeoLite2 is named in its place, which is to be put there.`);
  }
  notes.needless(filter, ["backend_library", "skip_adding_null_record"], "files are read by Hotaka itself, and what is not known is null");
  if (fields.size === 0) {
    notes.add("untranslated", filter, "geoip: it adds no field that is known.");
    return undefined;
  }
  return { geo: { database: databases[0] ?? DATABASE, address: key.replace(/^\$\./, ""), fields: Object.fromEntries(fields) } };
}

/** By the paths of GeoIP2 and the names of the columns before it. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["country.iso_code", "country_code"],
  ["country_code", "country_code"],
  ["country.names.en", "country"],
  ["country_name", "country"],
  ["continent.code", "continent_code"],
  ["continent_code", "continent_code"],
  ["registered_country.iso_code", "registered_country_code"],
  ["subdivisions.0.iso_code", "region_code"],
  ["region", "region_code"],
  ["subdivisions.0.names.en", "region"],
  ["region_name", "region"],
  ["city.names.en", "city"],
  ["city", "city"],
  ["postal.code", "postal_code"],
  ["postal_code", "postal_code"],
  ["location.time_zone", "time_zone"],
  ["location.latitude", "latitude"],
  ["latitude", "latitude"],
  ["location.longitude", "longitude"],
  ["longitude", "longitude"],
  ["location.accuracy_radius", "accuracy_radius"],
  ["autonomous_system_number", "asn"],
  ["autonomous_system_organization", "as_org"],
]);
const DATABASE = "/usr/share/GeoIP/GeoLite2-City.mmdb";
