import { drawChip, type IChip } from '../src/chips/chip';
import { trans } from './trans';

const CHIP: IChip = {
  step: 'train',
  order: 2,
  begins: true,
  role: 'step',
  gets: ['X_train', 'y_train'],
  gives: ['model'],
  findings: {},
  readOnly: false
};

function draw(chip: Partial<IChip>) {
  const host = document.createElement('div');
  const actions = { name: jest.fn(), findings: jest.fn() };
  drawChip(host, { ...CHIP, ...chip }, actions, trans);
  return { host, actions };
}

test('a chip says the step, what it gets and what it gives', () => {
  const { host } = draw({});
  expect(host.textContent).toBe('traingets X_train, y_traingives model');
  expect(host.querySelector('button')?.getAttribute('aria-label')).toContain(
    'train'
  );
});

test('many names are counted, and all are in the tooltip', () => {
  const gets = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { host } = draw({ gets });
  const part = host.querySelector<HTMLElement>('.jp-kfp-Chip-gets');
  expect(part?.textContent).toBe('gets a, b, c, d +2');
  expect(part?.title).toBe('gets: a, b, c, d, e, f');
});

test('a cell that goes on says which step it belongs to, and no more', () => {
  const { host } = draw({ begins: false });
  expect(host.textContent).toBe('train');
});

test('a click names the step', () => {
  const { host, actions } = draw({});
  host.querySelector('button')?.click();
  expect(actions.name).toHaveBeenCalledTimes(1);
});

test('findings are counted by severity, and a click shows them', () => {
  const { host, actions } = draw({ findings: { error: 2, hint: 1 } });
  const mark = host.querySelector<HTMLElement>('.jp-kfp-Chip-findings');
  expect(mark?.getAttribute('aria-label')).toContain('2 errors, 1 hint');
  mark?.click();
  expect(actions.findings).toHaveBeenCalledTimes(1);
});

test('names of steps are text, never HTML', () => {
  const { host } = draw({ step: '<img src=x onerror=alert(1)>' });
  expect(host.querySelector('img')).toBeNull();
});

test('nothing can be clicked in a notebook that is read only', () => {
  const { host } = draw({ readOnly: true });
  expect(host.querySelector('button')?.disabled).toBe(true);
});
