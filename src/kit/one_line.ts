/**
 * Text from outside as it may stand in a line for people: control characters, line ends and direction marks become U+FFFD, so that a
 * user agent can neither forge a line of the log nor drive a terminal; cut with "…" beyond `charsMax`.
 */
export function oneLine(text: string, charsMax: number): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return cut.replace(UNSHOWABLE, "\uFFFD");
}

// Line ends, C0 and C1 controls (escape sequences), the marks that turn the direction of what follows, and halves of surrogate pairs.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSHOWABLE = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\p{Cs}]/gu;
