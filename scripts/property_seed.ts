import fc from "fast-check";

// For `npm run nightly`: every property test of the run begins at the seed that it prints.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env["PROPERTY_SEED"]) });
