import { afterAll, beforeAll, vi } from "vitest";

/** For a test file that calls a stand-in for AWS: credentials that are good for nothing, so that no real ones are looked for or used. */
export function withAwsCredentials(): void {
  beforeAll(() => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });
}
