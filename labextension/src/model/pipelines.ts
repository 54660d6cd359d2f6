/**
 * The pipelines of all open notebooks, and which of them is looked at.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';
import type { Client } from '../api/client';
import { NotebookPipeline } from './pipeline';

export interface IPipelines {
  readonly client: Client;
  /** That of the notebook that the user is at; null where none is open. */
  readonly current: NotebookPipeline | null;
  /** Emitted when another notebook is looked at. */
  readonly currentChanged: ISignal<IPipelines, NotebookPipeline | null>;
  /** Emitted for every notebook that is opened. */
  readonly added: ISignal<IPipelines, NotebookPipeline>;
  readonly all: readonly NotebookPipeline[];
  of(panel: NotebookPanel): NotebookPipeline | null;
}

export const IPipelines = new Token<IPipelines>(
  'jupyter-kfp:IPipelines',
  'The pipelines of the open notebooks.'
);

export class Pipelines implements IPipelines {
  constructor(
    readonly client: Client,
    private tracker: INotebookTracker
  ) {
    tracker.widgetAdded.connect((_, panel) => this.add(panel));
    tracker.forEach(panel => this.add(panel));
    tracker.currentChanged.connect(() => this.onCurrent());
    this.onCurrent();
  }

  get current(): NotebookPipeline | null {
    const panel = this.tracker.currentWidget;
    return panel ? this.of(panel) : null;
  }

  get currentChanged(): ISignal<this, NotebookPipeline | null> {
    return this._currentChanged;
  }

  get added(): ISignal<this, NotebookPipeline> {
    return this._added;
  }

  get all(): readonly NotebookPipeline[] {
    return [...this._pipelines.values()];
  }

  of(panel: NotebookPanel): NotebookPipeline | null {
    return this._pipelines.get(panel) ?? null;
  }

  private add(panel: NotebookPanel): void {
    if (this._pipelines.has(panel)) {
      return;
    }
    const pipeline = new NotebookPipeline(panel, this.client);
    this._pipelines.set(panel, pipeline);
    panel.disposed.connect(() => this._pipelines.delete(panel));
    this._added.emit(pipeline);
    void panel.context.ready.then(() =>
      pipeline.runs.load().catch(() => undefined)
    );
  }

  private onCurrent(): void {
    if (this.tracker.currentWidget) {
      this.add(this.tracker.currentWidget); // the tracker tells this before that it was added
    }
    const current = this.current;
    void current?.panel.revealed.then(() => current.analyse());
    this._currentChanged.emit(current);
  }

  private _pipelines = new Map<NotebookPanel, NotebookPipeline>();
  private _currentChanged = new Signal<this, NotebookPipeline | null>(this);
  private _added = new Signal<this, NotebookPipeline>(this);
}
