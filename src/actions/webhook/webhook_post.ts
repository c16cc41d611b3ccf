import type { ActionContext, Secret } from "../../component/index.ts";
import { postJson } from "../post_json.ts";
import { signedHeaders } from "./signature.ts";

/** Where a webhook posts, and what it signs by. */
export interface PostConfig {
  readonly url: Secret;
  readonly secret?: Secret | undefined;
  readonly old_secret?: Secret | undefined;
  readonly headers: Readonly<Record<string, Secret>>;
}

/** Posts messages to one address, signed. */
export class WebhookPost {
  /** For people: the address itself may be as good as a password. */
  readonly host: string;
  readonly #config: PostConfig;
  readonly #context: ActionContext;
  readonly #url: URL;

  constructor(config: PostConfig, context: ActionContext, url: URL) {
    this.host = url.host;
    this.#config = config;
    this.#context = context;
    this.#url = url;
  }

  /** Posts `text`, by which `id` its receiver knows it. Rejects as `postJson` when it was not taken. */
  async post(id: string, text: string, contentType?: string): Promise<void> {
    const { clock } = this.#context;
    const signed = signedHeaders({ id, timestampMs: clock.nowMs(), body: text, secrets: await this.#secrets() });
    const type = contentType === undefined ? {} : { "content-type": contentType };
    const headers = { ...type, ...(await this.#headers()), ...signed };
    await postJson({ service: `The webhook at ${this.host}`, url: this.#url.href, text, headers }, clock);
  }

  /** Read for each message: a secret that is changed in its file is taken up without a restart. */
  async #secrets(): Promise<string[]> {
    const { secret: current, old_secret: old } = this.#config;
    return Promise.all([current, old].flatMap((each) => (each === undefined ? [] : [each.read(this.#context.folder)])));
  }

  async #headers(): Promise<Record<string, string>> {
    const read = Object.entries(this.#config.headers).map(async ([name, value]) => [name, await value.read(this.#context.folder)] as const);
    return Object.fromEntries(await Promise.all(read));
  }
}
