/**
 * What the sections of the sidebar share: the notebook that is looked at, and how to act.
 */
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Signal, type ISignal } from '@lumino/signaling';
import type { Client } from '../api/client';
import { Clock } from '../model/clock';
import type { IPipelines } from '../model/pipelines';
import type { NotebookPipeline } from '../model/pipeline';

export interface IContext {
  pipelines: IPipelines;
  commands: CommandRegistry;
  documents: IDocumentManager | null;
  translator: ITranslator;
  trans: TranslationBundle;
}

export class SidebarState {
  constructor(readonly context: IContext) {
    const { pipelines } = context;
    this.clock = new Clock(() => pipelines.client.now());
    pipelines.currentChanged.connect((_, current) => this.follow(current));
    this.follow(pipelines.current);
  }

  /** What makes the durations of running steps go on. */
  readonly clock: Clock;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get pipeline(): NotebookPipeline | null {
    return this._pipeline;
  }

  get client(): Client {
    return this.context.pipelines.client;
  }

  get trans(): TranslationBundle {
    return this.context.trans;
  }

  /** The step that was clicked last: Settings shows its form. */
  get step(): string | null {
    return this._step;
  }

  chooseStep(step: string | null): void {
    this._step = step;
    this._changed.emit();
  }

  run(command: string, args: Record<string, string | string[]> = {}): void {
    void this.context.commands.execute(command, args);
  }

  private follow(pipeline: NotebookPipeline | null): void {
    this._pipeline?.changed.disconnect(this.tell);
    if (this._pipeline !== pipeline) {
      this._step = null;
    }
    this._pipeline = pipeline;
    pipeline?.changed.connect(this.tell);
    pipeline?.panel.context.model.sharedModel.changed.connect(this.tell);
    this._changed.emit();
  }

  private tell = (): void => this._changed.emit();

  private _pipeline: NotebookPipeline | null = null;
  private _step: string | null = null;
  private _changed = new Signal<this, void>(this);
}
