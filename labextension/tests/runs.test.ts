import { RequestError, type Client } from '../src/api/client';
import type { IRun } from '../src/api/shapes';
import { RunsModel } from '../src/model/runs';

const RUN: IRun = {
  id: 'r1',
  name: 'r1',
  kind: 'run',
  pipeline: 'iris',
  notebook: 'iris.ipynb',
  where: 'local',
  status: 'RUNNING',
  started: '2026-01-01T00:00:00Z',
  ended: null,
  seconds: null,
  parameters: {},
  metrics: {},
  steps: []
};

/** A server whose connections break after each event. */
function server(states: IRun['status'][]) {
  const asked: number[] = [];
  let line = 0;
  const client = {
    runs: () => Promise.resolve([{ ...RUN }]),
    run: () =>
      Promise.resolve({
        ...RUN,
        status: states[Math.min(line, states.length - 1)]
      }),
    async *events(_id: string, after: number) {
      asked.push(after);
      line += 1;
      await Promise.resolve();
      yield { id: line, event: { event: 'x' } };
      throw new TypeError('network error');
    },
    remove: () => Promise.resolve()
  };
  return { client: client as unknown as Client, asked };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a run that is at work is followed after a reload, over lost connections, from the last line seen', async () => {
  const { client, asked } = server(['RUNNING', 'RUNNING', 'SUCCEEDED']);
  const model = new RunsModel(() => 'iris.ipynb', client);
  const seen: string[] = [];
  model.progressed.connect((_, run) => seen.push(run.status));
  await model.load();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([0, 1]);
  expect(seen.at(-1)).toBe('SUCCEEDED');
  expect(model.get('r1')?.status).toBe('SUCCEEDED');
});

test('a run that the graph showed while it was at work is shown when it has ended', async () => {
  const { client } = server(['RUNNING', 'SUCCEEDED']);
  const model = new RunsModel(() => 'iris.ipynb', client);
  await model.load();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(model.shown?.status).toBe('SUCCEEDED');
  model.show(null);
  expect(model.shown).toBeNull();
});

test('a run that was removed is followed no more', async () => {
  const { client } = server(['RUNNING']);
  client.run = () =>
    Promise.reject(new RequestError(404, { message: 'there is no run' }));
  const events = jest.spyOn(client, 'events');
  const model = new RunsModel(() => 'iris.ipynb', client);
  await model.load();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(events).not.toHaveBeenCalled();
});

test('the answer for another notebook is thrown away', async () => {
  const { client } = server(['SUCCEEDED']);
  let path = 'a.ipynb';
  const model = new RunsModel(() => path, client);
  const loading = model.load();
  path = 'b.ipynb';
  await loading;
  expect(model.all).toEqual([]);
});

test('the graph shows the chosen run, else the one at work', async () => {
  const { client } = server(['RUNNING']);
  const model = new RunsModel(() => 'a.ipynb', client);
  expect(model.shown).toBeNull();
  await model.load();
  expect(model.shown?.id).toBe('r1');
  await model.remove('r1');
  expect(model.shown).toBeNull();
  model.dispose();
});
