/**
 * Keeps the chips of a notebook true: follows its tags, its analysis and the cells that come on screen.
 */
import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Severity } from '../api/shapes';
import { CommandIDs } from '../ids';
import type { NotebookPipeline } from '../model/pipeline';
import { has, stepNames, stepOf, stepsByCell } from '../tags';
import { stepColour } from '../colours';
import { drawChip, type IChip } from './chip';

const HOST = 'jp-kfp-Chip-host';

export class Chips {
  constructor(
    private pipeline: NotebookPipeline,
    private commands: CommandRegistry,
    private trans: TranslationBundle
  ) {
    const draw = () => this.schedule();
    pipeline.changed.connect(draw);
    void pipeline.panel.context.ready.then(() => {
      const model = pipeline.panel.model;
      model?.cells.changed.connect(draw);
      model?.sharedModel.changed.connect(draw);
      model?.contentChanged.connect(draw);
      draw();
    });
    pipeline.panel.content.modelContentChanged.connect(draw);
  }

  /** Whether chips are shown at all; a setting. */
  set enabled(enabled: boolean) {
    this._enabled = enabled;
    this.schedule();
  }

  private schedule(): void {
    if (this._frame === 0) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this.draw();
      });
    }
  }

  private draw(): void {
    if (this.pipeline.isDisposed) {
      return;
    }
    const shown = this._enabled && this.pipeline.isTagged;
    const chips = shown ? this.chips() : new Map<string, IChip>();
    this.pipeline.panel.content.node.classList.toggle(
      'jp-kfp-mod-chips',
      shown
    );
    for (const cell of this.pipeline.panel.content.widgets) {
      const chip = chips.get(cell.model.id);
      if (!cell.inputArea) {
        this.whenReady(cell);
      } else {
        this.drawOne(cell, chip);
      }
    }
  }

  /** Cells off screen have no DOM yet: JupyterLab makes it when they are scrolled to. */
  private whenReady(cell: Cell<ICellModel>): void {
    if (!this._waiting.has(cell)) {
      this._waiting.add(cell);
      void cell.ready.then(() => this.schedule());
    }
  }

  private drawOne(cell: Cell<ICellModel>, chip: IChip | undefined): void {
    const key = JSON.stringify(chip ?? null);
    if (this._drawn.get(cell) === key) {
      return;
    }
    this._drawn.set(cell, key);
    const header = cell.node.querySelector('.jp-CellHeader');
    if (!header) {
      return;
    }
    let host = header.querySelector<HTMLElement>(`.${HOST}`);
    const colours = [...cell.node.classList].filter(name =>
      name.startsWith('jp-kfp-step-')
    );
    cell.node.classList.remove(...colours, 'jp-kfp-mod-step');
    if (!chip) {
      host?.remove();
      return;
    }
    if (!host) {
      host = document.createElement('div');
      host.className = HOST;
      header.append(host);
    }
    if (chip.step) {
      cell.node.classList.add(stepColour(chip.order), 'jp-kfp-mod-step');
    }
    const id = cell.model.id;
    drawChip(
      host,
      chip,
      {
        name: () =>
          void this.commands.execute(CommandIDs.nameStep, { cells: [id] }),
        findings: () =>
          void this.commands.execute(CommandIDs.openFindings, { cell: id })
      },
      this.trans
    );
  }

  /** What the tags say at once, and what the analysis adds when it is there. */
  private chips(): Map<string, IChip> {
    const cells = this.pipeline.cells;
    const byTags = stepsByCell(cells);
    const analysis = this.pipeline.analysis;
    const order = analysis?.graph.steps.map(step => step.name) ?? [];
    stepNames(cells).forEach(name => order.includes(name) || order.push(name));
    const chips = new Map<string, IChip>();
    let above: string | null = null;
    for (const cell of cells) {
      const known = analysis?.cells[cell.id];
      const word =
        (['parameters', 'setup', 'skip'] as const).find(each =>
          has(cell.tags, each)
        ) ??
        // a cell that shows the panel is none of the pipeline's, whatever stands above it
        (known?.role === 'skip' && stepOf(cell.tags) === null
          ? 'skip'
          : undefined);
      const tagged = byTags.get(cell.id) ?? null;
      const step = word ? null : (tagged ?? known?.step ?? null);
      const role =
        word ??
        (has(cell.tags, 'metrics')
          ? 'metrics'
          : step
            ? 'step'
            : known?.role === 'setup'
              ? 'setup'
              : 'step');
      const begins =
        stepOf(cell.tags) !== null || word !== undefined || step !== above;
      if (step || role !== 'step') {
        chips.set(cell.id, {
          step,
          order: step ? order.indexOf(step) : 0,
          begins,
          role,
          gets: known?.gets ?? [],
          gives: known?.gives ?? [],
          findings: this.counted(cell.id),
          readOnly: this.pipeline.isReadOnly
        });
      }
      above = step ?? above;
    }
    return chips;
  }

  private counted(cell: string): Partial<Record<Severity, number>> {
    const counts: Partial<Record<Severity, number>> = {};
    for (const finding of this.pipeline.findingsOf(cell)) {
      counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
    }
    return counts;
  }

  private _enabled = true;
  private _frame = 0;
  private _drawn = new WeakMap<Cell<ICellModel>, string>();
  private _waiting = new WeakSet<Cell<ICellModel>>();
}
