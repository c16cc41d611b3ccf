import { describe, expect, test } from "vitest";
import { AssertionError, HotakaError, VirtualClock } from "../kit/index.ts";
import { type CommandEntry, type Declare, examples } from "./command.ts";
import { runProgram } from "./program.ts";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";

const loaded: string[] = [];

function entry(name: string, declare: Declare): CommandEntry {
  return {
    name,
    summary: `Does ${name}`,
    load: async () => {
      loaded.push(name);
      return declare;
    },
  };
}

const COMMANDS = [
  entry("greet", (command, { terminal }) => {
    command
      .argument("<name>", "who is greeted")
      .option("--loud", "greet louder")
      .addHelpText("after", examples(["hotaka greet you", "says hello"]))
      .action((name: string, { loud }: { loud?: boolean }) => terminal.out.write(`hello ${name}${loud === true ? "!" : ""}\n`));
  }),
  entry("fail", (command) => {
    command.action(async () => {
      throw new HotakaError("HOTAKA_SOURCE_OPEN", "/var/log/x could not be opened: it is a directory.");
    });
  }),
  entry("lines", (command) => {
    command.action(() => {
      throw new HotakaError(
        "HOTAKA_CONFIG_INVALID",
        "x.yaml:1:2 HOTAKA_CONFIG_INVALID  level: 5 was found.\nx.yaml:2:1 HOTAKA_CONFIG_SYNTAX  no.",
      );
    });
  }),
  entry("break", (command) => {
    command.action(() => {
      throw new AssertionError("two and two are five");
    });
  }),
  entry("find", (command, shell) => {
    command.action(() => {
      shell.exitStatus = 1;
    });
  }),
];

async function hotaka(words: string, env: Record<string, string> = {}): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  loaded.length = 0;
  const status = await runProgram(words === "" ? [] : words.split(" "), COMMANDS, {
    terminal,
    clock: new VirtualClock(),
    env,
    exitStatus: 0,
  });
  return { status, out: terminal.out.text, err: terminal.err.text };
}

test("a command runs with its arguments and options, and no other is loaded", async () => {
  expect(await hotaka("greet you --loud")).toEqual({ status: 0, out: "hello you!\n", err: "" });
  expect(loaded).toEqual(["greet"]);
});

describe("help", () => {
  test.each(["", "help", "--help", "-h"])("of everything, by %j, lists the commands and loads none", async (words) => {
    const { status, out } = await hotaka(words);
    expect(status).toBe(0);
    expect(out).toMatch(/greet .*Does greet/);
    expect(loaded).toEqual([]);
  });

  test.each(["help greet", "greet --help"])("of a command, by %j, shows its arguments, options and examples", async (words) => {
    const { status, out } = await hotaka(words);
    expect(status).toBe(0);
    expect(out).toContain("<name>");
    expect(out).toContain("--loud");
    expect(out).toContain("hotaka greet you  says hello");
  });

  test("--version prints the version of the package", async () => {
    expect((await hotaka("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("what is not known is a mistake in the asking: status 2 and one line", () => {
  test.each([
    ["gret you", 'HOTAKA_CLI_USAGE  "gret" is not a command of hotaka. Did you mean "greet"?\n'],
    ["zzz", 'HOTAKA_CLI_USAGE  "zzz" is not a command of hotaka. Commands: greet, fail, lines, break, find.\n'],
    ["help gret", 'HOTAKA_CLI_USAGE  "gret" is not a command of hotaka. Did you mean "greet"?\n'],
    ["greet you --lod", "HOTAKA_CLI_USAGE  unknown option '--lod'. Did you mean --loud? See `hotaka help greet`.\n"],
    ["greet", "HOTAKA_CLI_USAGE  missing required argument 'name'. See `hotaka help greet`.\n"],
    ["greet a b", /^HOTAKA_CLI_USAGE {2}too many arguments for 'greet'.*\n$/],
    ["--lod", /^HOTAKA_CLI_USAGE {2}unknown option '--lod'.*\n$/],
  ])("%j", async (words, line) => {
    const { status, out, err } = await hotaka(words);
    expect(err).toMatch(line);
    expect({ status, out }).toEqual({ status: 2, out: "" });
  });
});

describe("what fails has status 1", () => {
  test("an expected failure is its code and its sentence, without a stack", async () => {
    expect(await hotaka("fail")).toEqual({
      status: 1,
      out: "",
      err: "HOTAKA_SOURCE_OPEN  /var/log/x could not be opened: it is a directory.\n",
    });
  });

  test("with HOTAKA_DEBUG=1 the stack follows", async () => {
    expect((await hotaka("fail", { HOTAKA_DEBUG: "1" })).err).toMatch(/\n +at /);
  });

  test("the problems of a settings file stand as they are, with their places", async () => {
    expect((await hotaka("lines")).err).toBe(
      "x.yaml:1:2 HOTAKA_CONFIG_INVALID  level: 5 was found.\nx.yaml:2:1 HOTAKA_CONFIG_SYNTAX  no.\n",
    );
  });

  test("a defect of ours says how to find it", async () => {
    const { status, err } = await hotaka("break");
    expect(status).toBe(1);
    expect(err).toContain("two and two are five");
    expect(err).toContain("HOTAKA_DEBUG=1");
  });

  test("a command that found what it should not says so itself", async () => {
    expect(await hotaka("find")).toEqual({ status: 1, out: "", err: "" });
  });
});
