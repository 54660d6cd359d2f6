import * as React from 'react';
import { createRoot } from 'react-dom/client';
import type { IGraph, IRunStep } from '../src/api/shapes';
import { Clock } from '../src/model/clock';
import { begun, elapsed, stepWords } from '../src/running/words';
import { Graph } from '../src/sidebar/graph';
import { trans } from './trans';

const START = Date.parse('2026-01-01T00:00:00Z');
const STEP: IRunStep = {
  name: 'train',
  title: 'Train',
  parents: [],
  status: 'RUNNING',
  started: '2026-01-01T00:00:00Z',
  ended: null,
  seconds: null,
  cached: false,
  attempts: 1,
  metrics: {}
};
const GRAPH = {
  width: 200,
  height: 100,
  edges: [],
  steps: [
    {
      name: 'train',
      title: 'train',
      order: 0,
      cells: ['c0'],
      gets: [],
      gives: [],
      x: 0,
      y: 0,
      width: 180,
      height: 42
    }
  ]
} as unknown as IGraph;

beforeAll(() => {
  Object.assign(globalThis, {
    IS_REACT_ACT_ENVIRONMENT: true,
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    }
  });
});
beforeEach(() => {
  jest.useFakeTimers();
  jest.setSystemTime(START);
});
afterEach(() => jest.useRealTimers());

const clockOfNow = () => new Clock(() => Date.now());

test('there is one timer for all who look, and none where nobody does', () => {
  const clock = clockOfNow();
  clock.visible = true;
  expect(jest.getTimerCount()).toBe(0);
  const [one, other] = [jest.fn(), jest.fn()];
  const leave = [clock.subscribe(one), clock.subscribe(other)];
  expect(jest.getTimerCount()).toBe(1);
  one.mockClear();
  jest.advanceTimersByTime(3000);
  expect(one).toHaveBeenCalledTimes(3);
  expect(clock.time).toBe(START + 3000);
  leave.forEach(each => each());
  expect(jest.getTimerCount()).toBe(0);
});

test('a hidden panel has no timer, and shows the time at once when it is seen again', () => {
  const clock = clockOfNow();
  const looked = jest.fn();
  clock.subscribe(looked);
  expect(jest.getTimerCount()).toBe(0);
  clock.visible = true;
  clock.visible = false;
  expect(jest.getTimerCount()).toBe(0);
  jest.setSystemTime(START + 60_000);
  clock.visible = true;
  expect(clock.time).toBe(START + 60_000);
  expect(looked).toHaveBeenCalledTimes(2);
});

test('a running step says for how long', () => {
  expect(stepWords(STEP, trans)).toBe('running');
  expect(stepWords(STEP, trans, START + 4900)).toBe('running · 4 s');
  expect(stepWords(STEP, trans, START + 65_000)).toBe('running · 1 min 5 s');
  expect(stepWords(STEP, trans, START - 500)).toBe('running · 0 s');
  const waiting: IRunStep = { ...STEP, status: 'PENDING', started: null };
  expect(stepWords(waiting, trans, START + 4900)).toBe('waiting');
  const done: IRunStep = { ...STEP, status: 'SUCCEEDED', seconds: 1.25 };
  expect(stepWords(done, trans, START + 4900)).toBe('done · 1.3 s');
});

test('a run has gone on since its first step', () => {
  const earlier = { ...STEP, started: '2025-12-31T23:59:50+00:00' };
  const waiting = { ...STEP, started: null };
  const run = { steps: [waiting, STEP, earlier] } as Parameters<
    typeof begun
  >[0];
  expect(elapsed(begun(run), START)).toBe('10 s');
  expect(elapsed(begun({ ...run, steps: [waiting] }), START)).toBe('');
});

test('the duration in the graph goes on while the step runs, and its label is left in peace', async () => {
  const clock = clockOfNow();
  clock.visible = true;
  let ran: IRunStep = STEP;
  const host = document.createElement('div');
  const root = createRoot(host);
  const draw = () =>
    React.act(() =>
      root.render(
        <Graph
          graph={GRAPH}
          runStep={() => ran}
          chosen={null}
          found={null}
          onStep={() => undefined}
          onLook={() => undefined}
          clock={clock}
          trans={trans}
        />
      )
    );
  const state = () => host.querySelector('.jp-kfp-Node-state')?.textContent;
  await draw();
  expect(state()).toBe('running · 0 s');
  await React.act(() => jest.advanceTimersByTimeAsync(2000));
  expect(state()).toBe('running · 2 s');
  expect(host.querySelector('.jp-kfp-Node')?.getAttribute('aria-label')).toBe(
    'Step train; running'
  );
  ran = { ...STEP, status: 'SUCCEEDED', seconds: 2.5 };
  await draw();
  expect(state()).toBe('done · 2.5 s');
  expect(jest.getTimerCount()).toBe(0);
  React.act(() => root.unmount());
});
