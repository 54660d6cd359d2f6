import { Fold } from '../src/sidebar/folds';
import { heights, type INeed } from '../src/sidebar/heights';
import { home, kept, seen, wanted } from '../src/sidebar/viewport';

const section = (want: number, open = true): INeed => ({
  main: false,
  open,
  wanted: want
});
const graph = (want: number, open = true): INeed => ({
  main: true,
  open,
  wanted: want
});
const sum = (sizes: number[]) => sizes.reduce((all, each) => all + each, 0);

describe('the height of the sidebar', () => {
  test('goes to the graph where the other sections are closed', () => {
    expect(heights(600, [graph(300), section(0, false)])).toEqual([600, 0]);
  });

  test('is given to a section as far as it is filled, the rest to the graph', () => {
    expect(heights(600, [graph(300), section(80), section(120)])).toEqual([
      400, 80, 120
    ]);
  });

  test('leaves half of it to a graph that needs it', () => {
    expect(heights(600, [graph(900), section(2000), section(60)])).toEqual([
      300, 240, 60
    ]);
  });

  test('leaves no more to a small graph than it needs', () => {
    expect(heights(800, [graph(220), section(2000)])).toEqual([220, 580]);
  });

  test('leaves the least to the graph on a low screen', () => {
    expect(heights(300, [graph(900), section(500)])).toEqual([200, 100]);
    expect(heights(120, [graph(900), section(500)])).toEqual([120, 0]);
  });

  test('is filled by the last open section where the graph is closed', () => {
    expect(
      heights(500, [graph(300, false), section(100), section(9, false)])
    ).toEqual([0, 500, 0]);
  });

  test('is given away exactly, whatever is wanted', () => {
    for (const wants of [[], [10], [1000, 3, 70], [0, 0, 5000, 5000]]) {
      const sizes = heights(437, [graph(250), ...wants.map(w => section(w))]);
      expect(sum(sizes)).toBeCloseTo(437);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('the graph at first', () => {
  const chain = (steps: number) => ({ width: 130, height: steps * 76 - 30 });

  test('is seen whole, as large as life, where there is room', () => {
    const view = home(chain(4), { width: 380, height: 340 });
    expect(view.scale).toBe(1);
    expect(view.x).toBe(125);
  });

  test('is never so small that names cannot be read: its top is shown', () => {
    const view = home(chain(30), { width: 250, height: 340 });
    expect(view).toMatchObject({ scale: 0.8, y: 16 });
    const wide = home({ width: 900, height: 100 }, { width: 250, height: 340 });
    expect(wide.scale).toBe(0.8);
  });

  test('fits into the height that it asks for', () => {
    for (const steps of [3, 4, 5, 6, 7, 8]) {
      const size = chain(steps);
      const view = home(size, { width: 250, height: wanted(size, 250) });
      expect(view.scale).toBeCloseTo(1, 1);
      expect(seen(view.y, size.height * view.scale, 1000)).toBeNull();
    }
  });
});

test('no panning takes the graph out of sight', () => {
  const size = { width: 100, height: 100 };
  const screen = { width: 300, height: 300 };
  expect(kept({ x: 5000, y: -5000, scale: 1 }, size, screen)).toEqual({
    x: 252,
    y: -52,
    scale: 1
  });
  const view = { x: 20, y: 30, scale: 1 };
  expect(kept(view, size, screen)).toEqual(view);
});

test('a scroll mark tells which part is seen, and is not there where all is', () => {
  expect(seen(10, 100, 200)).toBeNull();
  expect(seen(-50, 200, 100)).toEqual({ from: 0.25, to: 0.75 });
  expect(seen(0, 0, 0)).toBeNull();
});

describe('a section', () => {
  let shown: boolean[];
  const fold = (wanted = true) => new Fold(open => shown.push(open), wanted);
  beforeEach(() => {
    shown = [];
    jest.useFakeTimers();
  });
  afterEach(() => jest.useRealTimers());

  test('with nothing in it is closed, and opened when something is', () => {
    const findings = fold();
    findings.tell(null);
    expect(shown).toEqual([]);
    findings.tell(true);
    findings.tell(true);
    findings.tell(false);
    expect(shown).toEqual([false, true]);
  });

  test('does not jump while findings come and go', () => {
    const findings = fold();
    findings.tell(false);
    findings.tell(true);
    jest.advanceTimersByTime(1500);
    findings.tell(false);
    jest.advanceTimersByTime(9000);
    expect(shown).toEqual([true, true]);
    findings.tell(true);
    jest.advanceTimersByTime(2000);
    expect(shown).toEqual([true, true, false]);
  });

  test('that a person has closed stays closed', () => {
    const findings = fold();
    findings.tell(false);
    findings.toggled(false);
    findings.tell(true);
    jest.runAllTimers();
    findings.tell(false);
    expect(shown).toEqual([true, false, false]);
  });

  test('that is closed by itself opens again: no person has closed it', () => {
    let own: Fold | null = null;
    own = new Fold(open => {
      shown.push(open);
      own?.toggled(open); // as the accordion tells of each change
    }, true);
    own.tell(false);
    own.tell(true);
    jest.runAllTimers();
    own.tell(false);
    expect(shown).toEqual([true, false, true]);
  });

  test('that was looked at while empty opens again', () => {
    const findings = fold();
    findings.tell(true);
    findings.toggled(true);
    findings.toggled(false);
    findings.tell(false);
    expect(shown).toEqual([false, true]);
  });
});
