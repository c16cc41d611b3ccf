import { describe, expect, test } from "vitest";
import { methodEnd, pathEnd, pathStart } from "./request.ts";

describe("a request", () => {
  test.each([
    ["GET /a HTTP/1.1", "GET", "/a"],
    ["GET /a", "GET", "/a"],
    ["GET /a b", "GET", "/a"],
    ["GET  /a  b  HTTP/1.1", "GET", "/a  b"],
    ["GET /a ", "GET", "/a"],
    ["GET ", "GET", null],
    ["GET", "GET", null],
    [" ", null, null],
    [" /a HTTP/1.1", null, "/a"],
    ["\\x16\\x03", "\\x16\\x03", null],
    ["GET /** HTTP/1.1", "GET", "/**"],
    ["GET /\\\\ HTTP/1.1", "GET", "/\\\\"],
  ])("%j has the method %j and the path %j", (request, method, path) => {
    const bytes = Buffer.from(request);
    const start = pathStart(bytes, 0, bytes.length);
    expect(request.slice(0, methodEnd(bytes, 0, bytes.length)) || null).toBe(method);
    expect(request.slice(start, pathEnd(bytes, start, bytes.length)) || null).toBe(path);
  });
});
