/** The parts of a URL or of a part of one, as logs hold them: `/a/b?c=d` is a path and a query. Nothing is decoded. RFC 3986, appendix B. */
export function urlPart(url: string, part: UrlPart): string | null {
  const [, scheme, authority, path = "", query, fragment] = URL_PARTS.exec(url) ?? [];
  switch (part) {
    case "PROTOCOL":
      return scheme?.toLowerCase() ?? null;
    case "AUTHORITY":
      return authority ?? null;
    case "USERINFO":
      return authority?.includes("@") === true ? authority.slice(0, authority.lastIndexOf("@")) : null;
    case "HOST":
      return (
        authority
          ?.slice(authority.lastIndexOf("@") + 1)
          .replace(/:\d*$/, "")
          .toLowerCase() ?? null
      );
    case "PATH":
      return path;
    case "QUERY":
      return query ?? null;
    case "FILE":
      return query === undefined ? path : `${path}?${query}`;
    case "REF":
      return fragment ?? null;
  }
}

export const URL_PART_NAMES = ["PROTOCOL", "AUTHORITY", "USERINFO", "HOST", "PATH", "QUERY", "FILE", "REF"] as const;
export type UrlPart = (typeof URL_PART_NAMES)[number];

/** The first value of a parameter of a query, decoded; null where it has none. */
export function queryParameter(query: string, name: string): string | null {
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const key = equals === -1 ? pair : pair.slice(0, equals);
    if (percentDecoded(key) === name) return equals === -1 ? "" : percentDecoded(pair.slice(equals + 1));
  }
  return null;
}

/**
 * Without percent-encoding; `+` is a blank. Bytes that are not UTF-8 become U+FFFD, and a percent sign without two hexadecimal digits stays:
 * an attacker's text must be seen, not thrown away.
 */
export function percentDecoded(encoded: string): string {
  if (!/[%+]/.test(encoded)) return encoded;
  return encoded
    .replaceAll("+", " ")
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
