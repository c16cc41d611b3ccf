import { z } from "zod";
import { type BlockPolicy, DEFAULT_POLICY, LEDGER_BOUNDS } from "../blocks/index.ts";
import { duration } from "../component/index.ts";
import { durationOrOff } from "./duration_or_off.ts";

/** What may be blocked, how much of it and how late, as it is written. */
export function policySchema() {
  const { ipv6WidenBits, ipv4BitsMin, ipv6BitsMin, blocksPerMinuteMax, blocksMax, mergeIpv4Bits, mergeIpv6Bits, heldMax, repeat } =
    DEFAULT_POLICY;
  return z
    .strictObject({
      ipv6_widen_bits: z
        .int()
        .min(48)
        .max(128)
        .default(ipv6WidenBits)
        .describe("An IPv6 address is blocked as the prefix of this length around it."),
      ipv4_bits_min: z.int().min(8).max(32).default(ipv4BitsMin).describe("The shortest IPv4 prefix that a row may ask for."),
      ipv6_bits_min: z.int().min(16).max(128).default(ipv6BitsMin).describe("The shortest IPv6 prefix that a row may ask for."),
      decision_age_max: durationOrOff()
        .prefault("1h")
        .describe("A decision about events longer ago is written down and not enforced; `off` enforces all."),
      blocks_per_minute_max: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(blocksPerMinuteMax)
        .describe("New blocks by rows in any 60 seconds; what goes beyond waits for `hotaka approve`."),
      blocks_max: z.int().min(1).max(10_000_000).default(blocksMax).describe("Blocks in force at a time; what goes beyond is held."),
      merge_ipv4_bits: z
        .int()
        .min(16)
        .max(32)
        .default(mergeIpv4Bits)
        .describe(
          "Where an enforcement point has no room, blocks that are neighbours are merged into prefixes no shorter than this, which takes in the addresses between; 32 merges none. Never over a protected address, and undone when there is room.",
        ),
      merge_ipv6_bits: z.int().min(32).max(128).default(mergeIpv6Bits).describe("The same for IPv6; 128 merges none."),
      held_max: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(heldMax)
        .describe(
          "Decisions held back that may wait for approval at a time; those beyond it are written down and counted, and do not wait.",
        ),
      held_for: duration(z, { minMs: 1000 }).prefault("1h").describe("How long a held decision waits for approval before it is given up."),
      operator_protected_for: durationOrOff()
        .prefault("1 day")
        .describe(
          "How long an address is not blocked from which somebody who may change things used the API, or the command over SSH; `off` protects none.",
        ),
      repeat_factor: z
        .number()
        .min(1)
        .max(100)
        .default(repeat.factor)
        .describe(
          "Who comes back is blocked so many times as long each time: 2 makes an hour two, four, eight. 1 makes all terms the same.",
        ),
      repeat_for_max: duration(z, { minMs: 1000 }).prefault("30 days").describe("No term is made longer than this."),
      repeat_forgiven_after: duration(z, { minMs: 1000 })
        .prefault("7 days")
        .describe(
          "One strike is forgiven for each such time that has passed since the end of the last block. A block that was taken back is none.",
        ),
    })
    .prefault({})
    .describe("What may be blocked, how much of it and how late.");
}

/** How much of the past is kept, as it is written. */
export function ledgerSchema() {
  return z
    .strictObject({
      decisions_max: z
        .int()
        .min(1000)
        .max(1_000_000_000)
        .default(LEDGER_BOUNDS.decisionsMax)
        .describe(
          "Decisions that are kept; beyond it the oldest are forgotten and counted, but for those in force or waiting for approval.",
        ),
      age_max: duration(z, { minMs: DAY_MS }).prefault("365 days").describe("How long a decision is kept. Strikes are known for as long."),
    })
    .prefault({})
    .describe("How much of the past is kept for `hotaka why` and `hotaka blocks --all`.");
}

/** The policy as the block list wants it. */
export function policyOf(written: z.infer<ReturnType<typeof policySchema>>): BlockPolicy {
  return {
    ipv6WidenBits: written.ipv6_widen_bits,
    ipv4BitsMin: written.ipv4_bits_min,
    ipv6BitsMin: written.ipv6_bits_min,
    decisionAgeMaxMs: written.decision_age_max.ms,
    blocksPerMinuteMax: written.blocks_per_minute_max,
    blocksMax: written.blocks_max,
    mergeIpv4Bits: written.merge_ipv4_bits,
    mergeIpv6Bits: written.merge_ipv6_bits,
    heldMax: written.held_max,
    heldForMs: written.held_for,
    repeat: { factor: written.repeat_factor, forMaxMs: written.repeat_for_max, forgivenAfterMs: written.repeat_forgiven_after },
  };
}

const DAY_MS = 86_400_000;
