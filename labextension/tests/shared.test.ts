import { YNotebook } from '@jupyter/ydoc';
import { apply, codeCells, settingsOf, snapshot } from '../src/model/shared';

// Yjs warns of what YNotebook itself does while a cell is made
beforeAll(() =>
  jest.spyOn(console, 'warn').mockImplementation(() => undefined)
);

function notebook(): YNotebook {
  const made = new YNotebook();
  made.fromJSON({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } },
    cells: [
      {
        id: 'a',
        cell_type: 'code',
        source: 'x = 1',
        metadata: { tags: ['step:one'], collapsed: true },
        outputs: [
          { output_type: 'stream', name: 'stdout', text: 'much '.repeat(1000) }
        ],
        execution_count: 1
      },
      { id: 'b', cell_type: 'markdown', source: '## B', metadata: {} },
      {
        id: 'c',
        cell_type: 'code',
        source: 'y = x',
        metadata: {},
        outputs: [],
        execution_count: null
      }
    ]
  });
  made.clearUndoHistory();
  return made;
}

test('code cells are read with their tags', () => {
  expect(codeCells(notebook())).toEqual([
    { id: 'a', tags: ['step:one'] },
    { id: 'c', tags: [] }
  ]);
});

test('what is sent has sources and tags, and no outputs', () => {
  const sent = JSON.stringify(snapshot(notebook()));
  expect(sent).toContain('y = x');
  expect(sent).toContain('step:one');
  expect(sent).not.toContain('much');
});

test('a change of many cells is one undo step', () => {
  const made = notebook();
  apply(made, { tags: { a: ['step:two'], c: ['step:three'] } });
  expect(codeCells(made).map(cell => cell.tags)).toEqual([
    ['step:two'],
    ['step:three']
  ]);
  made.undo();
  expect(codeCells(made).map(cell => cell.tags)).toEqual([['step:one'], []]);
  expect(made.canUndo()).toBe(false);
  made.redo();
  expect(codeCells(made)[1]?.tags).toEqual(['step:three']);
});

test('typing just before is another undo step', () => {
  const made = notebook();
  made.cells[2]?.setSource('y = x + 1');
  apply(made, { tags: { c: ['skip'] } });
  made.undo();
  expect(codeCells(made)[1]?.tags).toEqual([]);
  expect(made.cells[2]?.getSource()).toBe('y = x + 1');
});

test('taking the last tag away leaves no empty list', () => {
  const made = notebook();
  apply(made, { tags: { a: [] } });
  expect(made.cells[0]?.getMetadata('tags')).toBeUndefined();
});

test('settings are changed with the tags, and undone with them', () => {
  const made = notebook();
  apply(made, { tags: { a: ['skip'] }, settings: { name: 'mine' } });
  expect(settingsOf(made)).toEqual({ name: 'mine' });
  made.undo();
  expect(settingsOf(made)).toEqual({});
  expect(codeCells(made)[0]?.tags).toEqual(['step:one']);
});

test('settings that are not an object are none', () => {
  const made = notebook();
  made.setMetadata('jupyter_kfp', 'hello');
  expect(settingsOf(made)).toEqual({});
});

test('what JupyterLab writes to the metadata is no undo step', () => {
  const made = notebook();
  apply(made, { settings: { name: 'mine' } });
  made.setMetadata('language_info', { name: 'python' });
  made.undo();
  expect(settingsOf(made)).toEqual({});
  expect(made.getMetadata('language_info')).toEqual({ name: 'python' });
  made.redo();
  expect(settingsOf(made)).toEqual({ name: 'mine' });
});
