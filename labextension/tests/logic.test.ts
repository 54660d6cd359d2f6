import {
  asValues,
  formData,
  parametersSchema
} from '../src/dialogs/parameters';
import type { IParameter, IRun } from '../src/api/shapes';
import { asText, metricsTable, sorted } from '../src/sidebar/metrics';
import { pruned } from '../src/sidebar/prune';
import { centre, edgePath, fit, pan, zoom } from '../src/sidebar/viewport';
import {
  bytes,
  metric,
  progress,
  runSentence,
  seconds
} from '../src/running/words';
import { renamedSettings } from '../src/commands/settings';
import { trans } from './trans';

const PARAMETERS: IParameter[] = [
  { name: 'rate', type: 'float', default: 0.1, description: 'how fast' },
  { name: 'names', type: 'list', default: ['a'] },
  { name: 'fast', type: 'bool', default: false }
];

describe('parameters as a form', () => {
  test('last values are offered where they still fit', () => {
    expect(formData(PARAMETERS, { rate: 0.5, names: 'x', fast: 1 })).toEqual({
      rate: 0.5,
      names: '["a"]',
      fast: false
    });
  });

  test('lists are typed as JSON, and what is none is left for the server', () => {
    expect(asValues(PARAMETERS, { names: '["b", 2]', rate: 1 })).toEqual({
      names: ['b', 2],
      rate: 1
    });
    expect(asValues(PARAMETERS, { names: '[b' })).toEqual({ names: '[b' });
  });

  test('a parameter called like a method of objects is one like any other', () => {
    const odd: IParameter[] = [
      { name: 'constructor', type: 'str', default: 'x' }
    ];
    expect(formData(odd, {})).toEqual({ constructor: 'x' });
    expect(parametersSchema(odd, trans)).toMatchObject({
      properties: { constructor: { type: 'string' } }
    });
  });
});

describe('the view of the graph', () => {
  const graph = { width: 200, height: 1000 };
  const screen = { width: 300, height: 300 };

  test('fits all of it and never enlarges', () => {
    const view = fit(graph, screen);
    expect(view.y + graph.height * view.scale).toBeLessThanOrEqual(300);
    expect(fit({ width: 10, height: 10 }, screen).scale).toBe(1);
  });

  test('zooming leaves the point under the pointer where it is', () => {
    const before = fit(graph, screen);
    const after = zoom(before, 1.5, { x: 120, y: 80 });
    const point = (view: typeof before) => (120 - view.x) / view.scale;
    expect(point(after)).toBeCloseTo(point(before));
  });

  test('a screen of no size is no trouble', () => {
    expect(Number.isFinite(fit(graph, { width: 0, height: 0 }).x)).toBe(true);
  });

  test('panning and centring move it', () => {
    const view = { x: 0, y: 0, scale: 2 };
    expect(pan(view, 3, 4)).toEqual({ x: 3, y: 4, scale: 2 });
    expect(centre(view, { x: 10, y: 20 }, screen)).toEqual({
      x: 130,
      y: 110,
      scale: 2
    });
  });

  test('an edge goes through its points', () => {
    expect(edgePath([])).toBe('');
    expect(
      edgePath([
        [0, 0],
        [10, 20]
      ])
    ).toBe('M0,0C0,10 10,10 10,20');
  });
});

describe('settings', () => {
  test('only what somebody has set is kept', () => {
    const schema = {
      properties: {
        retries: {},
        labels: { default: {} },
        kind: { default: 'x' }
      }
    };
    expect(
      pruned(
        {
          retries: 0,
          labels: {},
          kind: 'x',
          cpu: '',
          more: { a: null },
          on: false
        },
        schema
      )
    ).toEqual({ retries: 0, on: false });
  });

  test('those of a step go with its name, in their place', () => {
    const settings = { name: 'p', steps: { a: { cpu: '1' }, b: {} } };
    expect(renamedSettings(settings, 'a', 'z')).toEqual({
      settings: { name: 'p', steps: { z: { cpu: '1' }, b: {} } }
    });
    expect(renamedSettings({ name: 'p' }, 'a', 'z')).toEqual({});
  });
});

describe('metrics side by side', () => {
  const run = (name: string, metrics: IRun['metrics']) =>
    ({ name, metrics }) as IRun;
  const table = metricsTable([
    run('one', { accuracy: 0.9 }),
    run('two', { accuracy: 0.95, loss: 'nan' }),
    run('none', {})
  ]);

  test('runs without metrics are left out', () => {
    expect(table.names).toEqual(['accuracy', 'loss']);
    expect(table.rows.map(row => row.run)).toEqual(['one', 'two']);
  });

  test('rows are sorted by number, and what is missing comes last', () => {
    const order = (column: number, falling: boolean) =>
      sorted(table.rows, column, falling).map(row => row.run);
    expect(order(0, true)).toEqual(['two', 'one']);
    expect(order(0, false)).toEqual(['one', 'two']);
    expect(order(1, true)).toEqual(['two', 'one']);
    expect(order(1, false)).toEqual(['two', 'one']);
  });

  test('they are copied for a spreadsheet', () => {
    expect(asText(table)).toBe(
      'run\taccuracy\tloss\none\t0.9\t\ntwo\t0.95\tnan'
    );
  });
});

describe('words', () => {
  test.each([
    [0.44, '0.4 s'],
    [59.7, '1 min 0 s'],
    [125, '2 min 5 s'],
    [7440, '2 h 4 min']
  ])('%d seconds are %s', (value, text) => {
    expect(seconds(value)).toBe(text);
  });

  test.each([
    [12, '12 B'],
    [3400, '3.4 kB'],
    [1_230_000_000, '1.2 GB']
  ])('%d bytes are %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  test('a metric has four digits', () => {
    expect(metric(0.953333)).toBe('0.9533');
    expect(metric(12345)).toBe('12345');
    expect(metric('nan')).toBe('nan');
  });

  test('a failure names step, cell and error', () => {
    const step = {
      name: 'train',
      status: 'FAILED',
      error: { kind: 'cell', name: 'ValueError', message: 'no', cell_number: 4 }
    };
    const run = { pipeline: 'iris', status: 'FAILED', steps: [step] };
    expect(runSentence(run as unknown as IRun, trans)).toBe(
      'Step train failed in cell 4: ValueError: no'
    );
    expect(progress(run as unknown as IRun)).toBe(1);
  });
});
