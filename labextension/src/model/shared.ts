/**
 * Reading and changing a notebook through its shared model: safe while others edit, one undo step for one action.
 */
import type { ISharedCell, ISharedNotebook } from '@jupyter/ydoc';
import type { JSONObject, PartialJSONValue } from '@lumino/coreutils';
import { METADATA_KEY } from '../ids';
import type { ITagged, TagChange } from '../tags';

/** Tags of a cell; none where somebody wrote something else there. */
export function tagsOf(cell: ISharedCell): string[] {
  const tags = cell.getMetadata('tags');
  return Array.isArray(tags)
    ? tags.filter((tag): tag is string => typeof tag === 'string')
    : [];
}

/** The code cells with their tags, in order. */
export function codeCells(notebook: ISharedNotebook): ITagged[] {
  return notebook.cells
    .filter(cell => cell.cell_type === 'code')
    .map(cell => ({ id: cell.getId(), tags: tagsOf(cell) }));
}

/** The notebook as nbformat JSON without outputs: all that the analysis looks at. */
export function snapshot(notebook: ISharedNotebook): JSONObject {
  const { kernelspec, language_info, ...rest } = notebook.getMetadata();
  const metadata: Record<string, unknown> = { kernelspec, language_info };
  for (const key of [METADATA_KEY, 'kubeflow_notebook']) {
    metadata[key] = rest[key];
  }
  return JSON.parse(
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata,
      cells: notebook.cells.map(cell => ({
        id: cell.getId(),
        cell_type: cell.cell_type,
        source: cell.getSource(),
        metadata: tagsOf(cell).length ? { tags: tagsOf(cell) } : {},
        ...(cell.cell_type === 'code'
          ? { outputs: [], execution_count: null }
          : {})
      }))
    })
  ) as JSONObject;
}

/** The settings of the pipeline as they stand in the notebook. */
export function settingsOf(notebook: ISharedNotebook): JSONObject {
  const own = notebook.getMetadata(METADATA_KEY);
  return isObject(own) ? (own as JSONObject) : {};
}

/** A change of tags, settings or both. */
export interface IChange {
  tags?: TagChange;
  settings?: JSONObject;
}

/** Make the change, as one undo step. */
export function apply(notebook: ISharedNotebook, change: IChange): void {
  const undo = undoManagerOf(notebook);
  undo?.stopCapturing(); // or it would join what was typed just before
  const write = () =>
    notebook.transact(() => {
      for (const cell of notebook.cells) {
        const tags = change.tags?.[cell.getId()];
        if (tags?.length) {
          cell.setMetadata('tags', tags);
        } else if (tags && cell.getMetadata('tags') !== undefined) {
          cell.deleteMetadata('tags');
        }
      }
      if (change.settings && Object.keys(change.settings).length) {
        notebook.setMetadata(METADATA_KEY, change.settings as PartialJSONValue);
      } else if (change.settings) {
        notebook.deleteMetadata(METADATA_KEY);
      }
    }, true);
  if (change.settings) {
    undoably(notebook, write);
  } else {
    write();
  }
  undo?.stopCapturing();
}

interface ITransaction {
  origin: unknown;
  changedParentTypes: Map<unknown, unknown>;
}

/** What is used of Yjs's own undo manager. */
interface IUndo {
  scope: unknown[];
  stopCapturing(): void;
  addToScope(type: unknown): void;
  captureTransaction?: (transaction: ITransaction) => boolean;
}

function undoManagerOf(notebook: ISharedNotebook): IUndo | null {
  return (notebook as unknown as { undoManager?: IUndo }).undoManager ?? null;
}

/**
 * Run `change` so that it can be undone with the settings that it changes.
 *
 * Settings are metadata of the notebook, which JupyterLab leaves out of its undo. They are put in; what others change
 * there, such as the kernel's name, stays out.
 */
function undoably(notebook: ISharedNotebook, change: () => void): void {
  const undo = undoManagerOf(notebook);
  const metadata = (notebook as unknown as { ymeta?: unknown }).ymeta;
  const before = undo?.captureTransaction;
  if (!undo || !before || metadata === undefined) {
    change();
    return;
  }
  const others = undo.scope.filter(type => type !== metadata);
  undo.addToScope(metadata);
  undo.captureTransaction = () => true;
  try {
    change();
  } finally {
    undo.captureTransaction = transaction =>
      transaction.origin === undo ||
      others.some(type => transaction.changedParentTypes.has(type));
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
