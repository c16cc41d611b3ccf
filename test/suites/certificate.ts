import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Files in `folder` with a certificate for localhost that was made just now, and its key; undefined where openssl is not installed. */
export function makeCertificate(folder: string): { readonly cert: string; readonly key: string } | undefined {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2"];
  try {
    execFileSync("openssl", ["req", "-x509", ...made, ...names], { stdio: "ignore", timeout: 20_000 });
  } catch {
    return undefined;
  }
  return { cert, key };
}
