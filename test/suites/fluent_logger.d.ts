/** What the tests use of it; it brings no types. */
declare module "fluent-logger" {
  interface FluentSender {
    emit(label: string, record: unknown, time: Date, done: () => void): void;
    on(event: "error", told: (error: Error) => void): void;
    end(): void;
  }
  const fluentLogger: { createFluentSender(tag: string, options: unknown): FluentSender };
  export default fluentLogger;
}
