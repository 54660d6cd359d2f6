import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  clearStep,
  isTagged,
  nameStep,
  normaliseName,
  parseTag,
  renameStep,
  stepNames,
  stepsByCell,
  toggleWord,
  type ITagged
} from '../src/tags';

interface IRow {
  tag: string;
  kind: string;
  name?: string;
}

const TABLE = JSON.parse(
  readFileSync(join(__dirname, '../../tests/data/tags.json'), 'utf8')
) as IRow[];

const cells = (...tags: string[][]): ITagged[] =>
  tags.map((each, index) => ({ id: `c${index}`, tags: each }));

describe('the grammar', () => {
  test.each(TABLE.map(row => [row.tag, row] as const))(
    'reads %j as the server does',
    (tag, row) => {
      const parsed = parseTag(tag);
      const wrong = row.kind === 'wrong' || row.kind === 'foreign';
      expect(parsed.kind).toBe(wrong ? 'foreign' : row.kind);
      if (row.name) {
        expect(parsed).toEqual({ kind: row.kind, name: row.name });
      }
    }
  );

  test('names nothing where no letter is left, or too many are', () => {
    expect(normaliseName(' --- ')).toBeNull();
    expect(normaliseName('x'.repeat(64))).toBeNull();
    expect(normaliseName('<img src=x>')).toBe('img-src-x');
  });
});

describe('which step a cell belongs to', () => {
  const notebook = cells(
    ['parameters'],
    [],
    ['step:load'],
    [],
    ['skip'],
    ['step:train', 'after:load'],
    []
  );

  test('untagged cells belong to the step above', () => {
    expect([...stepsByCell(notebook).values()]).toEqual([
      null,
      null,
      'load',
      'load',
      null,
      'train',
      'train'
    ]);
  });

  test('steps are listed once, in notebook order', () => {
    expect(stepNames(cells(['step:b'], ['step:a'], ['step:b']))).toEqual([
      'b',
      'a'
    ]);
  });

  test('foreign tags make no pipeline', () => {
    expect(isTagged(cells(['hide-input'], []))).toBe(false);
    expect(isTagged(cells([], ['setup']))).toBe(true);
  });
});

describe('naming a step', () => {
  test('one cell begins it, and those below come along', () => {
    const notebook = cells(['step:load'], [], []);
    expect(nameStep(notebook, ['c1'], 'clean')).toEqual({ c1: ['step:clean'] });
  });

  test('several cells become the step, and the cell below stays where it was', () => {
    const notebook = cells(['step:load'], [], [], []);
    expect(nameStep(notebook, ['c1', 'c2'], 'clean')).toEqual({
      c1: ['step:clean'],
      c3: ['step:load']
    });
  });

  test('a cell that was skipped takes part again, and tags of others stay', () => {
    const notebook = cells(['skip', 'hide-input', 'metrics']);
    expect(nameStep(notebook, ['c0'], 'load')).toEqual({
      c0: ['step:load', 'hide-input', 'metrics']
    });
  });

  test('nothing changes where it has that name already', () => {
    expect(nameStep(cells(['step:load']), ['c0'], 'load')).toEqual({});
  });
});

describe('words', () => {
  test('a skipped cell hands the step that it began to the next one', () => {
    const notebook = cells(['step:load', 'after:x'], ['setup'], []);
    expect(toggleWord(notebook, ['c0'], 'skip')).toEqual({
      c0: ['skip'],
      c2: ['step:load', 'after:x']
    });
  });

  test('a word is taken away where all have it', () => {
    const notebook = cells(['skip'], ['skip', 'note']);
    expect(toggleWord(notebook, ['c0', 'c1'], 'skip')).toEqual({
      c0: [],
      c1: ['note']
    });
  });

  test('there is one parameters cell', () => {
    const notebook = cells(['parameters'], []);
    expect(toggleWord(notebook, ['c1'], 'parameters')).toEqual({
      c0: [],
      c1: ['parameters']
    });
  });

  test('metrics go with the step', () => {
    expect(toggleWord(cells(['step:test']), ['c0'], 'metrics')).toEqual({
      c0: ['step:test', 'metrics']
    });
  });

  test('clearing leaves the tags of others', () => {
    expect(clearStep(cells(['step:a', 'hide-input', 'skip']), ['c0'])).toEqual({
      c0: ['hide-input']
    });
  });
});

test('a step is renamed in every tag, however it is spelt', () => {
  const notebook = cells(['step:Load Data'], ['step:b', 'after:load-data'], []);
  expect(renameStep(notebook, 'load-data', 'load')).toEqual({
    c0: ['step:load'],
    c1: ['step:b', 'after:load']
  });
});
