/**
 * The pipeline of one open notebook: what the analysis says of its unsaved content, and its runs.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { UUID, type JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import { Debouncer } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import { told, type Client } from '../api/client';
import type { IAnalysis, IFinding, IRun, IRunStep } from '../api/shapes';
import { isTagged, type ITagged } from '../tags';
import { RunsModel } from './runs';
import * as shared from './shared';

const WAIT = 250; // ms without a key before the analysis is asked

/** This window, so that a newer question of it overtakes an older one. */
const WINDOW = UUID.uuid4();

export class NotebookPipeline implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    readonly client: Client
  ) {
    this.runs = new RunsModel(() => this.path, client);
    this.runs.changed.connect(() => this._changed.emit());
    this._debouncer = new Debouncer(() => this.analyse(), WAIT);
    void panel.context.ready.then(() => {
      if (this.isDisposed || !panel.model) {
        return;
      }
      panel.model.contentChanged.connect(this.onContent, this);
      panel.model.sharedModel.changed.connect(this.onContent, this);
      panel.context.pathChanged.connect(this.onPath, this);
      void this.analyse();
    });
    panel.disposed.connect(() => this.dispose());
    // nothing is asked for what nobody sees; when it is seen again, what has changed meanwhile is
    MessageLoop.installMessageHook(panel, (_, message) => {
      if (message.type === 'after-show' || message.type === 'after-attach') {
        this.onContent();
      }
      return true;
    });
  }

  /** Runs of the notebook. */
  readonly runs: RunsModel;

  /** Emitted when the analysis, the runs or what is shown of them has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The notebook's path on the server. Older versions of jupyter-collaboration put their drive before it. */
  get path(): string {
    return this.panel.context.path.replace(/^RTC:/, '');
  }

  /** The newest analysis; null before the first. */
  get analysis(): IAnalysis | null {
    return this._analysis;
  }

  /** Why there is no newer analysis; empty where there is one. */
  get problem(): string {
    return this._problem;
  }

  /** The notebook's shared model; null until it is loaded. */
  get notebook() {
    return this.panel.model?.sharedModel ?? null;
  }

  get cells(): ITagged[] {
    return this.notebook ? shared.codeCells(this.notebook) : [];
  }

  get settings(): JSONObject {
    return this.notebook ? shared.settingsOf(this.notebook) : {};
  }

  /** Whether a person, or Kale, has begun to make it a pipeline. */
  get isTagged(): boolean {
    return (
      isTagged(this.cells) ||
      (this._analysis?.graph.steps.length ?? 0) > 1 ||
      Object.keys(this.settings).length > 0
    );
  }

  get isReadOnly(): boolean {
    return this.panel.model?.readOnly ?? true;
  }

  findingsOf(cell: string): IFinding[] {
    return this._analysis?.findings.filter(each => each.cell === cell) ?? [];
  }

  /** The run whose states colour the graph; null where none is looked at. */
  get shownRun(): IRun | null {
    return this.runs.shown;
  }

  /** What the shown run did with that step. Items of a loop count as one: the gravest state is told. */
  runStep(name: string): IRunStep | null {
    const grave = ['FAILED', 'RUNNING', 'PENDING', 'INTERRUPTED', 'CANCELED'];
    const steps = (this.shownRun?.steps ?? []).filter(
      step => step.name === name || step.name.startsWith(`${name}[`)
    );
    for (const status of grave) {
      const found = steps.find(step => step.status === status);
      if (found) {
        return found;
      }
    }
    return steps[0] ?? null;
  }

  /** Change tags or settings, as one undo step. */
  apply(change: shared.IChange): void {
    if (this.notebook && !this.isReadOnly) {
      shared.apply(this.notebook, change);
    }
  }

  snapshot(): JSONObject {
    return this.notebook ? shared.snapshot(this.notebook) : {};
  }

  /** Ask for the analysis if something has changed that it looks at, and the notebook is on screen. */
  async analyse(): Promise<void> {
    if (this.isDisposed || !this.notebook || !this.panel.isVisible) {
      return;
    }
    const content = this.snapshot();
    const asked = this.path + JSON.stringify(content);
    if (this._busy) {
      this._again = true; // one question at a time: what is typed meanwhile is asked afterwards, at once
      return;
    }
    if (asked === this._asked) {
      return;
    }
    this._asked = asked;
    this._busy = true;
    try {
      const analysis = await this.client.analyse(this.path, content, WINDOW);
      if (asked === this._asked) {
        this._analysis = analysis;
        this._problem = '';
      }
    } catch (error) {
      if (asked === this._asked) {
        this._asked = '';
        this._problem = told(error);
      }
    } finally {
      this._busy = false;
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
    if (this._again) {
      this._again = false;
      await this.analyse();
    }
  }

  /** Ask again even if nothing has changed here: types and sizes are known after a run. */
  refresh(): Promise<void> {
    this._asked = '';
    this._again = this._busy;
    return this.analyse();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._debouncer.dispose();
    this.runs.dispose();
    Signal.clearData(this);
  }

  private onContent(): void {
    if (!this.isDisposed) {
      this._debouncer.invoke().catch(() => undefined);
    }
  }

  private onPath(): void {
    this.runs.forget();
    void this.runs.load();
    void this.refresh();
  }

  private _changed = new Signal<this, void>(this);
  private _debouncer: Debouncer;
  private _analysis: IAnalysis | null = null;
  private _problem = '';
  private _asked = '';
  private _busy = false;
  private _again = false;
  private _isDisposed = false;
}
