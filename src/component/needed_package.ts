import { createRequire } from "node:module";

/** A package that a component works with and that is installed only where somebody wants it. */
export interface NeededPackage {
  /** As npm knows it. */
  readonly name: string;
  /** The version that it is tested with. */
  readonly version: string;
}

/** Tells in a sentence that a package is missing that a component works with, and how to install it; undefined where it can be loaded. */
export function missingPackage(component: string, { name, version }: NeededPackage): string | undefined {
  try {
    createRequire(import.meta.url).resolve(name);
    return undefined;
  } catch {
    return `${component} works with the package ${name}, which is not installed. Install it where Hotaka is installed: npm install ${name}@${version}`;
  }
}
