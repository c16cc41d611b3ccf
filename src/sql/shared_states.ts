/** States that several statements had in common when they were saved, for those that take them up again. */
export class SharedStates {
  /** What `SharedState.save` gave, by `SharedState.id`. */
  readonly saved: (id: string) => Uint8Array | undefined;
  /** What the statements that came first have made of it, so that those that follow have it in common with them. */
  readonly taken = new Map<string, unknown>();

  constructor(saved: (id: string) => Uint8Array | undefined) {
    this.saved = saved;
  }
}
