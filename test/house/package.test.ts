import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

interface LockedPackage {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly engines?: { readonly node?: string };
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, LockedPackage> };

test("every dependency is pinned to one version", () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("the lock file names no registry: each installation uses its own", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});

test("the lock file holds every package for every platform: `npm ci` refuses one with gaps", () => {
  const wanted = Object.values(lock.packages).flatMap(({ dependencies, optionalDependencies }) =>
    Object.keys({ ...dependencies, ...optionalDependencies }),
  );
  const present = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, "")));
  expect([...new Set(wanted)].filter((name) => !present.has(name))).toEqual([]);
});

test("the binary asks for the Node that package.json asks for", () => {
  const [, major, minor] = /NODE_VERSION_MIN = \[(\d+), (\d+)\]/.exec(readFileSync("bin/hotaka", "utf8")) ?? [];
  expect(manifest.engines.node).toBe(`>=${major}.${minor}`);
});

test("every released dependency runs on the Node that package.json asks for", () => {
  const leftBehind = Object.entries(lock.packages).filter(([, { engines }]) => /^>=\s*(?:2[1-9]|[3-9]\d)/.test(engines?.node ?? ""));
  expect(leftBehind.map(([path, { engines }]) => `${path} wants Node ${engines?.node}`)).toEqual([]);
});
