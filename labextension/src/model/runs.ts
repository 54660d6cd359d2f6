/**
 * Runs of one notebook, live. A run's folder on the server is the truth: nothing is kept here that a reload would lose.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { RequestError, type Client } from '../api/client';
import type { IRun } from '../api/shapes';

const AGAIN = 1000; // ms before a lost connection is made anew
const LATEST = 150; // ms between two looks at a run whose events come thick and fast

export function isLive(run: IRun): boolean {
  return run.status === 'PENDING' || run.status === 'RUNNING';
}

export class RunsModel implements IDisposable {
  constructor(
    private path: () => string,
    private client: Client
  ) {}

  /** Emitted when the list, or one of its runs, has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when a run begins to be followed, goes on, or ends. */
  get progressed(): ISignal<this, IRun> {
    return this._progressed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Newest first. */
  get all(): readonly IRun[] {
    return this._all;
  }

  /** The run that the graph shows: the one that was chosen, else one that is at work. */
  get shown(): IRun | null {
    const chosen = this._all.find(run => run.id === this._shown);
    return chosen ?? this._all.find(isLive) ?? null;
  }

  show(id: string | null): void {
    this._shown = id;
    this._changed.emit();
  }

  get(id: string): IRun | undefined {
    return this._all.find(run => run.id === id);
  }

  /** Ask for the list, and follow what is at work. */
  async load(): Promise<void> {
    const path = this.path();
    const runs = await this.client.runs(path);
    if (this._isDisposed || path !== this.path()) {
      return;
    }
    this._all = runs;
    this._changed.emit();
    runs.filter(isLive).forEach(run => this.follow(run.id));
  }

  /** Another notebook's runs are none of ours. */
  forget(): void {
    this._following.forEach(each => each.abort());
    this._following.clear();
    this._all = [];
    this._shown = null;
    this._changed.emit();
  }

  /** Follow a run until it ends; a connection that is lost is made again, from the last line that was seen. */
  follow(id: string): void {
    if (this._following.has(id) || this._isDisposed) {
      return;
    }
    const stop = new AbortController();
    this._following.set(id, stop);
    void this.keepFollowing(id, stop.signal).finally(() =>
      this._following.delete(id)
    );
  }

  async remove(id: string): Promise<void> {
    await this.client.remove(id);
    this._all = this._all.filter(run => run.id !== id);
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._following.forEach(each => each.abort());
    Signal.clearData(this);
  }

  private async keepFollowing(id: string, stop: AbortSignal): Promise<void> {
    let seen = 0;
    let look: Promise<void> | null = null;
    while (!stop.aborted) {
      try {
        if (!(await this.look(id))) {
          return;
        }
        for await (const { id: line } of this.client.events(id, seen, stop)) {
          seen = line;
          look ??= pause(LATEST)
            .then(() => this.look(id))
            .catch(() => undefined)
            .then(() => {
              look = null;
            });
        }
        await look;
        if (!(await this.look(id))) {
          return;
        }
      } catch (error) {
        if (error instanceof RequestError && error.status === 404) {
          return; // it was removed
        }
      }
      await pause(AGAIN);
    }
  }

  /** Get the run as it is now; false once it has ended. */
  private async look(id: string): Promise<boolean> {
    const run = await this.client.run(id);
    if (this._isDisposed || !this._following.has(id)) {
      return false;
    }
    if (this.shown?.id === id) {
      this._shown = id; // also once it is at work no more
    }
    const known = this._all.some(each => each.id === id);
    this._all = known
      ? this._all.map(each => (each.id === id ? run : each))
      : [run, ...this._all];
    this._changed.emit();
    this._progressed.emit(run);
    return isLive(run);
  }

  private _all: IRun[] = [];
  private _shown: string | null = null;
  private _following = new Map<string, AbortController>();
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
  private _progressed = new Signal<this, IRun>(this);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
