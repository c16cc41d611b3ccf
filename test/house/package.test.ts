import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

test("every dependency is pinned to one version", () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("the lock file names no registry: each installation uses its own", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});

test("the binary asks for the Node that package.json asks for", () => {
  const [, major, minor] = /NODE_VERSION_MIN = \[(\d+), (\d+)\]/.exec(readFileSync("bin/hotaka", "utf8")) ?? [];
  expect(manifest.engines.node).toBe(`>=${major}.${minor}`);
});

test("every released dependency runs on the Node that package.json asks for", () => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { dev?: boolean; engines?: { node?: string } }>;
  };
  const leftBehind = Object.entries(lock.packages).filter(([, { engines }]) => /^>=\s*(?:2[1-9]|[3-9]\d)/.test(engines?.node ?? ""));
  expect(leftBehind.map(([path, { engines }]) => `${path} wants Node ${engines?.node}`)).toEqual([]);
});
