/**
 * The RE2 spelling of a regular expression written for Ruby's engine (Onigmo), as configurations of Fluentd hold them: between slashes
 * with options behind, or bare. What a linear-time engine cannot do is thrown as a `RangeError` that says so: lookaround, references to
 * groups, atomic and possessive parts, set operations in classes.
 *
 * `^` and `$` stand for the beginning and end of a line, as they do in Ruby.
 */
export function re2Spelling(written: string): string {
  const literal = /^\/(.*)\/([imxounse]*)$/s.exec(written);
  const options = literal?.[2] ?? "";
  const flags = `m${options.includes("i") ? "i" : ""}${options.includes("m") ? "s" : ""}`;
  return `(?${flags})${new Spelling(literal?.[1] ?? written, options.includes("x")).whole()}`;
}

class Spelling {
  readonly #text: string;
  readonly #isExtended: boolean;
  #at = 0;

  constructor(text: string, isExtended: boolean) {
    this.#text = text;
    this.#isExtended = isExtended;
  }

  whole(): string {
    let spelled = "";
    while (this.#at < this.#text.length) spelled += this.#piece();
    return spelled;
  }

  #piece(): string {
    const character = this.#text[this.#at]!;
    if (character === "\\") return this.#escape(ESCAPES);
    if (character === "[") return this.#class();
    if (character === "(") return this.#group();
    this.#at++;
    if (this.#isExtended && /\s/.test(character)) return "";
    if (this.#isExtended && character === "#") {
      const newline = this.#text.indexOf("\n", this.#at);
      this.#at = newline === -1 ? this.#text.length : newline + 1;
      return "";
    }
    if ("*+?".includes(character) && this.#text[this.#at] === "+") throw cannot(`the possessive ${character}+`);
    return character;
  }

  #escape(known: ReadonlyMap<string, string>): string {
    const letter = this.#text[this.#at + 1];
    if (letter === undefined) throw new RangeError("nothing follows its last backslash");
    const unicode = /\\u(?:([0-9a-fA-F]{4})|\{([0-9a-fA-F]+)\})/y;
    const property = /\\([pP])\{(\^?)(\w+)\}/y;
    unicode.lastIndex = property.lastIndex = this.#at;
    const code = unicode.exec(this.#text);
    if (code !== null) {
      this.#at = unicode.lastIndex;
      return `\\x{${code[1] ?? code[2]}}`;
    }
    const named = property.exec(this.#text);
    if (named !== null) {
      this.#at = property.lastIndex;
      return propertyOf(named[3]!, (named[1] === "P") !== (named[2] === "^"));
    }
    if (/[1-9kgGKXyY]/.test(letter)) throw cannot(/[1-9kg]/.test(letter) ? `the reference to a group \\${letter}` : `\\${letter}`);
    this.#at += 2;
    const spelled = known.get(letter);
    if (spelled !== undefined) return spelled;
    if (/[A-Za-z0-9]/.test(letter)) return `\\${letter}`;
    // Any other character stands for itself.
    return letter.codePointAt(0)! < 0x80 ? `\\${letter}` : letter;
  }

  #class(): string {
    this.#at++;
    let spelled = "[";
    for (const first of ["^", "]"]) {
      if (this.#text[this.#at] !== first) continue;
      spelled += first === "]" ? "\\]" : first;
      this.#at++;
    }
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) throw new RangeError('a "[" is not closed');
      if (character === "\\") {
        spelled += this.#escape(CLASS_ESCAPES);
        continue;
      }
      const posix = /\[:\^?\w+:\]/y;
      posix.lastIndex = this.#at;
      const named = posix.exec(this.#text)?.[0];
      if (named === undefined && character === "[") throw cannot("a class within a class");
      if (this.#text.startsWith("&&", this.#at)) throw cannot("the intersection of classes &&");
      spelled += named ?? character;
      this.#at += named?.length ?? 1;
      if (character === "]") return spelled;
    }
  }

  #group(): string {
    const rest = this.#text.slice(this.#at, this.#at + 80);
    if (rest.startsWith("(?#")) {
      const end = this.#text.indexOf(")", this.#at);
      if (end === -1) throw new RangeError('a "(" is not closed');
      this.#at = end + 1;
      return "";
    }
    const wrong = UNSUPPORTED.find(([opening]) => rest.startsWith(opening));
    if (wrong !== undefined) throw cannot(wrong[1]);
    const name = /^\(\?(?:<([^>]+)>|'([^']+)')/.exec(rest);
    if (name !== null) {
      this.#at += name[0].length;
      return `(?P<${name[1] ?? name[2]}>`;
    }
    const options = /^\(\?([mix]*)(?:-([mix]+))?([:)])/.exec(rest);
    if (options === null) {
      this.#at++;
      return "(";
    }
    if (options[1]!.includes("x")) throw cannot("the option x within an expression");
    this.#at += options[0].length;
    const [on, off] = [options[1]!.replace("m", "s"), (options[2] ?? "").replace("m", "s").replace("x", "")];
    return `(?${on}${off === "" ? "" : `-${off}`}${options[3]}`;
  }
}

function propertyOf(name: string, isNegated: boolean): string {
  const known = PROPERTIES.get(name.toLowerCase());
  const classes = known ?? `\\p{${name}}`;
  return isNegated ? `[^${classes}]` : `[${classes}]`;
}

function cannot(what: string): RangeError {
  return new RangeError(`${what} cannot be done in time proportional to the length of a line; write it without`);
}

const HEX = "0-9A-Fa-f";
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["h", `[${HEX}]`],
  ["H", `[^${HEX}]`],
  ["Z", "(?:\\n?\\z)"],
  ["e", "\\x1b"],
  ["R", "(?:\\r\\n|[\\n\\v\\f\\r])"],
]);
const CLASS_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["h", HEX],
  ["e", "\\x1b"],
  ["b", "\\x08"],
]);
const UNSUPPORTED: readonly (readonly [string, string])[] = [
  ["(?=", "the lookahead (?=…)"],
  ["(?!", "the lookahead (?!…)"],
  ["(?<=", "the lookbehind (?<=…)"],
  ["(?<!", "the lookbehind (?<!…)"],
  ["(?>", "the atomic group (?>…)"],
  ["(?(", "the condition (?(…)…)"],
  ["(?~", "the absence operator (?~…)"],
];
const PROPERTIES: ReadonlyMap<string, string> = new Map([
  ["alpha", "\\p{L}"],
  ["digit", "\\p{Nd}"],
  ["alnum", "\\p{L}\\p{Nd}"],
  ["upper", "\\p{Lu}"],
  ["lower", "\\p{Ll}"],
  ["punct", "\\p{P}\\p{S}"],
  ["space", "\\s\\x0b"],
  ["blank", " \\t"],
  ["word", "\\p{L}\\p{Nd}_"],
  ["xdigit", HEX],
]);
