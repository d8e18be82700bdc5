// A task of which only the newest call counts: one runs at a time, and of those that came meanwhile
// the last one runs next. A slider may call it as often as it likes.

export class Latest<T> {
  private running = false;
  private waiting: { value: T } | null = null;

  constructor(
    private readonly task: (value: T) => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  call(value: T): void {
    this.waiting = { value };
    if (!this.running) void this.run();
  }

  /** Whether a newer call waits: what runs now may then leave out what nobody will see. */
  get outdated(): boolean {
    return this.waiting !== null;
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting) {
      const { value } = this.waiting;
      this.waiting = null;
      try {
        await this.task(value);
      } catch (error) {
        this.failed(error);
      }
    }
    this.running = false;
  }
}
