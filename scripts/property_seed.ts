import fc from "fast-check";

// Every property test of a run begins at one seed. A change is tested with the cases of the last one, so what fails is what it changed; new
// cases are found by `npm run nightly`, which names a seed of its own and prints it (docs/decisions/0066).
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env["PROPERTY_SEED"] ?? 20_261_122) });
