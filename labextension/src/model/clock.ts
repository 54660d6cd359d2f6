/**
 * What makes the durations of running steps go on: one timer, which runs only while somebody looks at one.
 */
import * as React from 'react';

const TICK = 1000; // ms

export class Clock {
  /** `now`: the server's time in milliseconds, by which a run tells when its steps began. */
  constructor(private now: () => number) {
    this._time = now();
  }

  /** The time of the last tick. */
  get time(): number {
    return this._time;
  }

  /** Whether what shows the time can be seen. */
  set visible(visible: boolean) {
    this._visible = visible;
    this.follow();
  }

  /** Call `listener` at each tick until what is given back is called. */
  subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    this.follow();
    return () => {
      this._listeners.delete(listener);
      this.follow();
    };
  };

  private follow(): void {
    const wanted = this._visible && this._listeners.size > 0;
    if (wanted && this._timer === null) {
      this._timer = setInterval(this.tick, TICK);
      this.tick();
    } else if (!wanted && this._timer !== null) {
      clearInterval(this._timer);
      this._timer = null;
    }
  }

  private tick = (): void => {
    this._time = this.now();
    this._listeners.forEach(listener => listener());
  };

  private _time: number;
  private _visible = false;
  private _timer: ReturnType<typeof setInterval> | null = null;
  private _listeners = new Set<() => void>();
}

/** The time in milliseconds, anew at each tick; null, and no timer, where nothing is running. */
export function useTime(clock: Clock, running: boolean): number | null {
  const time = React.useSyncExternalStore(
    running ? clock.subscribe : nothing,
    () => clock.time
  );
  return running ? time : null;
}

function nothing(): () => void {
  return () => undefined;
}
