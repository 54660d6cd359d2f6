/**
 * Finding cells in a notebook panel, and bringing them before the user's eyes.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';

/** Ids of the code cells that are selected, in order; of the active one where none is. */
export function selectedCells(panel: NotebookPanel): string[] {
  const notebook = panel.content;
  return notebook.widgets
    .filter(
      cell => notebook.isSelectedOrActive(cell) && cell.model.type === 'code'
    )
    .map(cell => cell.model.id);
}

/** Select these cells and scroll to the first of them; false where none is there. */
export async function selectCells(
  panel: NotebookPanel,
  ids: readonly string[]
): Promise<boolean> {
  const notebook = panel.content;
  const indices = notebook.widgets
    .map((cell, index) => (ids.includes(cell.model.id) ? index : -1))
    .filter(index => index >= 0);
  const first = indices[0];
  if (first === undefined) {
    return false;
  }
  notebook.mode = 'command';
  notebook.deselectAll();
  notebook.activeCellIndex = first;
  for (const index of indices) {
    const cell = notebook.widgets[index];
    if (cell && indices.length > 1) {
      notebook.select(cell);
    }
  }
  await notebook.scrollToItem(first, 'smart');
  return true;
}

/** Go to a line of a cell, from 1. */
export async function goToLine(
  panel: NotebookPanel,
  cell: string,
  line: number | undefined
): Promise<boolean> {
  if (!(await selectCells(panel, [cell]))) {
    return false;
  }
  const editor = panel.content.activeCell?.editor;
  if (line && editor) {
    editor.setCursorPosition({ line: line - 1, column: 0 });
  }
  panel.content.activate();
  return true;
}
