/**
 * Where components hand over what is to be done with requests that come from outside to a path of their own: a button that somebody
 * pressed elsewhere. The server calls it with the raw body; who handles it checks by itself whether the request is genuine.
 */
export interface Hooks {
  /** Takes requests to `POST /v1/hooks/NAME` from now on. Returns how to stop. Two of the same name: the later one is asked. */
  add(name: string, handle: HookHandler): () => void;
}

/** Answers one request. What it throws is answered as an error of ours, and told in the log. */
export type HookHandler = (request: HookRequest) => Promise<HookAnswer>;

/** A request to a hook, not believed yet. */
export interface HookRequest {
  /** Names in lower case; of a header that came several times the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came, at most 64 KB: a signature is over these bytes. */
  readonly body: Buffer;
}

/** What the one who asks gets. */
export interface HookAnswer {
  readonly status: number;
  /** Plain text. */
  readonly body: string;
}
