/**
 * The name that a key of an event goes by as a field: what cannot stand in the name of a field is `_` in it, as in Norikra. Undefined for
 * a key that can be none: it is empty, begins with a digit, or is longer than `FIELD_NAME_LENGTH_MAX`.
 */
export function fieldName(key: string): string | undefined {
  if (key.length === 0 || key.length > FIELD_NAME_LENGTH_MAX) return undefined;
  const first = key.charCodeAt(0);
  if (first >= 48 && first <= 57) return undefined;
  return /^[$_a-zA-Z0-9]+$/.test(key) ? key : key.replaceAll(/[^$_a-zA-Z0-9]/g, "_");
}

/** Whether a person may declare a field of this name: a name, or a path of names as `req.path`, `tags.$0`. */
export function isFieldName(name: string): boolean {
  return name.length <= FIELD_NAME_LENGTH_MAX && /^[$_a-zA-Z][$_a-zA-Z0-9]*(?:\.\.?[$_a-zA-Z0-9]+)*$/.test(name);
}

/** Characters in the name of a field. */
const FIELD_NAME_LENGTH_MAX = 256;
