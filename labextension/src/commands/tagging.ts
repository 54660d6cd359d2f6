/**
 * Commands that tag cells. Each is one undo step; the tags are those of JupyterLab's own tag panel.
 */
import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { selectedCells } from '../cells';
import { askForName, nameFromHeading } from '../dialogs/step';
import { CommandIDs } from '../ids';
import type { IPipelines } from '../model/pipelines';
import type { NotebookPipeline } from '../model/pipeline';
import { isObject } from '../model/shared';
import { renamedSettings } from './settings';
import {
  clearStep,
  has,
  nameStep,
  renameStep,
  stepNames,
  stepsByCell,
  toggleWord,
  type Word
} from '../tags';

/** Cells that a command is about: those named in its arguments, else those that are selected. */
function chosen(pipeline: NotebookPipeline, args: unknown): string[] {
  const cells = isObject(args) ? args['cells'] : undefined;
  return Array.isArray(cells)
    ? cells.map(String)
    : selectedCells(pipeline.panel);
}

export function addTaggingCommands(
  commands: CommandRegistry,
  pipelines: IPipelines,
  trans: TranslationBundle
): void {
  const isEnabled = () =>
    pipelines.current !== null && !pipelines.current.isReadOnly;

  commands.addCommand(CommandIDs.nameStep, {
    label: trans.__('Name Step of Selected Cells…'),
    caption: trans.__(
      'One cell begins a step, and those below come along; several cells become a step of their own'
    ),
    isEnabled,
    execute: async args => {
      const pipeline = pipelines.current;
      if (!pipeline) {
        return;
      }
      const ids = chosen(pipeline, args);
      const first = ids[0];
      if (first === undefined) {
        return;
      }
      const names = stepNames(pipeline.cells);
      const own = stepsByCell(pipeline.cells).get(first);
      const current = own ?? nameFromHeading(pipeline.panel, first);
      const given = args['name'];
      const name =
        typeof given === 'string'
          ? given
          : await askForName(
              trans._n('Step of this cell', 'Step of %1 cells', ids.length),
              current,
              names,
              trans
            );
      if (name) {
        pipeline.apply({ tags: nameStep(pipeline.cells, ids, name) });
        pipeline.panel.content.activate();
      }
    }
  });

  commands.addCommand(CommandIDs.clearStep, {
    label: trans.__('Remove Step Tags of Selected Cells'),
    caption: trans.__('They belong to the step above then'),
    isEnabled,
    execute: args => {
      const pipeline = pipelines.current;
      pipeline?.apply({
        tags: clearStep(pipeline.cells, chosen(pipeline, args))
      });
    }
  });

  commands.addCommand(CommandIDs.renameStep, {
    label: trans.__('Rename Step Everywhere…'),
    caption: trans.__('In all tags and in its settings'),
    isEnabled: () =>
      isEnabled() && stepNames(pipelines.current!.cells).length > 0,
    execute: async args => {
      const pipeline = pipelines.current;
      if (!pipeline) {
        return;
      }
      const from = await stepToRename(pipeline, args['step'], trans);
      if (from === null) {
        return;
      }
      const to = await askForName(
        trans.__('Rename step %1', from),
        from,
        [],
        trans
      );
      if (to && to !== from) {
        pipeline.apply({
          tags: renameStep(pipeline.cells, from, to),
          ...renamedSettings(pipeline.settings, from, to)
        });
      }
    }
  });

  const words: [string, Word, string, string][] = [
    [
      CommandIDs.setParameters,
      'parameters',
      trans.__('Parameters of the Pipeline'),
      trans.__('Names bound in this cell are arguments of the pipeline')
    ],
    [
      CommandIDs.setSetup,
      'setup',
      trans.__('Setup of Every Step'),
      trans.__('The cell runs at the start of every step')
    ],
    [
      CommandIDs.setSkip,
      'skip',
      trans.__('Not Part of the Pipeline'),
      trans.__('The cell is left out of the pipeline')
    ],
    [
      CommandIDs.setMetrics,
      'metrics',
      trans.__('Metrics of the Run'),
      trans.__('Numbers bound in this cell are metrics of the run')
    ]
  ];
  for (const [command, word, label, caption] of words) {
    commands.addCommand(command, {
      label,
      caption,
      isEnabled,
      isToggleable: true,
      isToggled: () => {
        const pipeline = pipelines.current;
        const ids = pipeline ? selectedCells(pipeline.panel) : [];
        const cells = pipeline?.cells.filter(cell => ids.includes(cell.id));
        return !!cells?.length && cells.every(cell => has(cell.tags, word));
      },
      execute: args => {
        const pipeline = pipelines.current;
        pipeline?.apply({
          tags: toggleWord(pipeline.cells, chosen(pipeline, args), word)
        });
      }
    });
  }
}

async function stepToRename(
  pipeline: NotebookPipeline,
  given: unknown,
  trans: TranslationBundle
): Promise<string | null> {
  if (typeof given === 'string') {
    return given;
  }
  const names = stepNames(pipeline.cells);
  const active = selectedCells(pipeline.panel)[0];
  const own = active && stepsByCell(pipeline.cells).get(active);
  if (own) {
    return own;
  }
  const result = await InputDialog.getItem({
    title: trans.__('Which step?'),
    items: names
  });
  return result.button.accept ? result.value : null;
}
