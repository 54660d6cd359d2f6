/**
 * What one click does after a step failed: open what it ran at the cell that raised, or its cells with real inputs.
 */
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { Client } from '../api/client';
import type { IRun, IRunStep } from '../api/shapes';
import { goToLine } from '../cells';

/** The step that ended a run badly. */
export function failedStep(run: IRun): IRunStep | null {
  return run.steps.find(step => step.status === 'FAILED') ?? null;
}

/** A file of a run, as a document. */
export async function openFile(
  documents: IDocumentManager,
  client: Client,
  run: IRun,
  file: string
): Promise<void> {
  const { path } = await client.open(run.id, file);
  documents.openOrReveal(path);
}

/** The notebook that the step ran, at the cell that raised. */
export async function openFailingCell(
  documents: IDocumentManager,
  client: Client,
  run: IRun,
  step: IRunStep
): Promise<void> {
  if (!step.notebook) {
    return;
  }
  const { path } = await client.open(run.id, step.notebook);
  const widget = documents.openOrReveal(path);
  const error = step.error;
  if (widget instanceof NotebookPanel && error?.cell) {
    await widget.context.ready;
    await widget.revealed;
    await goToLine(widget, error.cell, error.line);
  }
}

/** A notebook of the step's cells, whose first cell loads the inputs that it had. */
export async function debugStep(
  documents: IDocumentManager,
  client: Client,
  run: IRun,
  step: string
): Promise<void> {
  const { path } = await client.debug(run.id, step);
  documents.openOrReveal(path);
}
