import { type Command, Command as CommanderCommand } from "commander";
import { examples, type Shell } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** `hotaka completion` */
export function declareCompletion(command: Command, shell: Shell): void {
  command
    .description("Prints what makes a shell complete the commands, verbs and options of hotaka.")
    .addHelpText(
      "after",
      examples(
        ["source <(hotaka completion bash)", "in ~/.bashrc"],
        ['hotaka completion zsh > "${fpath[1]}/_hotaka"', "once, and in ~/.zshrc: autoload -U compinit && compinit"],
        ["hotaka completion fish > ~/.config/fish/completions/hotaka.fish", "once"],
      ),
    );
  for (const [name, write] of SHELLS) {
    command
      .command(name)
      .description(`for ${name}`)
      .action(async () => shell.terminal.out.write(write(await wordsOf(shell))));
  }
}

/** What may follow some words: `["query"]` is followed by `add`, `list` and so on. */
interface Words {
  readonly after: readonly string[];
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly { readonly flag: string; readonly summary: string }[];
}

/** Of every command there is, with those of the program itself first. */
async function wordsOf(shell: Shell): Promise<Words[]> {
  const all: Words[] = [];
  const visit = (command: Command, after: readonly string[]): void => {
    const inherited = after.length > 1 && command.parent !== null ? command.parent.options : [];
    all.push({
      after,
      commands: command.commands.map((each) => ({ name: each.name(), summary: each.summary() || each.description() })),
      options: [...command.options, ...inherited]
        .filter(({ hidden }) => !hidden)
        .flatMap(({ long, description }) => (typeof long === "string" ? [{ flag: long, summary: description }] : [])),
    });
    for (const each of command.commands) visit(each, [...after, each.name()]);
  };
  const program = new CommanderCommand("hotaka");
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary);
    (await entry.load())(command, shell);
  }
  visit(program, []);
  return all;
}

function bash(words: readonly Words[]): string {
  const cases = words.map(({ after, commands, options }) => {
    const next = [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag), "--help"].join(" ");
    return `    "${after.join(" ")}") words="${next}" ;;`;
  });
  return `# bash completion of hotaka; made by \`hotaka completion bash\`.
_hotaka() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
${words
  .filter(({ after }) => after.length > 0)
  .map(({ after }) => `      "${after.join(" ")}") path="${after.join(" ")}" ;;`)
  .join("\n")}
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _hotaka hotaka
`;
}

function zsh(words: readonly Words[]): string {
  const shown = (name: string, summary: string): string => `'${quoted(`${name.replaceAll(":", "\\:")}:${summary}`)}'`;
  const cases = words.map(({ after, commands, options }) => {
    const next = [
      ...commands.map(({ name, summary }) => shown(name, summary)),
      ...options.map(({ flag, summary }) => shown(flag, summary)),
    ];
    return `    '${after.join(" ")}') next=(${next.join(" ")}) ;;`;
  });
  return `#compdef hotaka
# zsh completion of hotaka; made by \`hotaka completion zsh\`.
_hotaka() {
  local path_="" word
  local -a next
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_:+$path_ }$word" in
${words
  .filter(({ after }) => after.length > 0)
  .map(({ after }) => `      '${after.join(" ")}') path_='${after.join(" ")}' ;;`)
  .join("\n")}
    esac
  done
  case "$path_" in
${cases.join("\n")}
  esac
  _describe 'hotaka' next || _files
}
compdef _hotaka hotaka
`;
}

function fish(words: readonly Words[]): string {
  const lines = words.flatMap(({ after, commands, options }) => {
    const here = `__hotaka_after ${after.join(" ")}`.trim();
    return [
      ...commands.map(({ name, summary }) => `complete -c hotaka -f -n '${here}' -a ${name} -d '${quotedForFish(summary)}'`),
      ...options.map(({ flag, summary }) => `complete -c hotaka -n '${here}' -l ${flag.slice(2)} -d '${quotedForFish(summary)}'`),
    ];
  });
  const known = words.filter(({ after }) => after.length > 0).map(({ after }) => `'${after.join(" ")}'`);
  return `# fish completion of hotaka; made by \`hotaka completion fish\`.
function __hotaka_after
  set -l path
  for word in (commandline -opc)[2..]
    if contains -- (string join ' ' $path $word) ${known.join(" ")}
      set -a path $word
    end
  end
  test "$path" = "$argv"
end
${lines.join("\n")}
`;
}

/** A text within single quotes. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}

function quotedForFish(text: string): string {
  return text.replace(/['\\]/g, "\\$&");
}

const SHELLS: readonly (readonly [string, (words: readonly Words[]) => string])[] = [
  ["bash", bash],
  ["zsh", zsh],
  ["fish", fish],
];
