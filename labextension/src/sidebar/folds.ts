/**
 * Which sections are open: one with nothing in it is closed, its heading says so; what a person has closed stays closed.
 */
const PATIENCE = 2000; // ms that a section is empty before it is closed: findings come and go while one types

export class Fold {
  /** `open` shows or hides the section; `wanted`: whether it is open once there is something in it. */
  constructor(
    private open: (open: boolean) => void,
    private wanted: boolean
  ) {}

  /** Tell whether there is anything in the section; null where that is not known yet. */
  tell(empty: boolean | null): void {
    if (empty === null || empty === this.empty) {
      return;
    }
    const first = this.empty === null;
    this.empty = empty;
    this.stop();
    if (!empty) {
      this.set(this.wanted);
    } else if (first) {
      this.set(false);
    } else {
      this.timer = setTimeout(() => this.set(false), PATIENCE);
    }
  }

  /** A person has opened or closed it. What is done here is none of theirs. */
  toggled(open: boolean): void {
    if (!this.acting) {
      this.stop();
      this.wanted = open || this.empty === true; // looking at nothing says nothing of what one wants to see
    }
  }

  /** Leave it as it is from now on. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private set(open: boolean): void {
    this.acting = true;
    this.open(open);
    this.acting = false;
  }

  private empty: boolean | null = null;
  private acting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
}
