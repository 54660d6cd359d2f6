/**
 * The lab extension's plugins. Each does one thing; what is large is loaded when it is first looked at.
 */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Client } from './api/client';
import { Chips } from './chips/chips';
import { addRunningCommands } from './commands/running';
import { addStartingCommands } from './commands/starting';
import { addTaggingCommands } from './commands/tagging';
import { pipelineIcon } from './icon';
import { CommandIDs, PLUGIN_ID } from './ids';
import { IPipelines, Pipelines } from './model/pipelines';
import { notifyOfRuns } from './running/notify';
import { PipelinePanel } from './sidebar/panel';

const DOMAIN = 'jupyter_kfp';

const pipelines: JupyterFrontEndPlugin<IPipelines> = {
  id: 'jupyter-kfp:pipelines',
  description: 'The pipelines of the open notebooks.',
  autoStart: true,
  provides: IPipelines,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) =>
    new Pipelines(new Client(app.serviceManager.serverSettings), tracker)
};

const commands: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Commands that tag cells and run notebooks as pipelines.',
  autoStart: true,
  requires: [IPipelines],
  optional: [
    ITranslator,
    IDocumentManager,
    IDefaultFileBrowser,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    all: IPipelines,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    addTaggingCommands(app.commands, all, trans);
    addRunningCommands(app.commands, all, documents, trans);
    addStartingCommands(app.commands, all, documents, browser, trans);
    notifyOfRuns(all, app.commands, trans);
    const category = trans.__('Kubeflow Pipelines');
    for (const command of [
      CommandIDs.run,
      CommandIDs.rerunFrom,
      CommandIDs.cancelRun,
      CommandIDs.openFailingCell,
      CommandIDs.debugStep,
      CommandIDs.nameStep,
      CommandIDs.renameStep,
      CommandIDs.clearStep,
      CommandIDs.setParameters,
      CommandIDs.setSetup,
      CommandIDs.setSkip,
      CommandIDs.setMetrics,
      CommandIDs.suggestSteps,
      CommandIDs.openExample,
      CommandIDs.convert,
      CommandIDs.build,
      CommandIDs.compile,
      CommandIDs.clean
    ]) {
      palette?.addItem({ command, category });
    }
    all.currentChanged.connect(() => app.commands.notifyCommandChanged());
  }
};

const chips: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-kfp:chips',
  description: 'Shows above each cell which step it belongs to.',
  autoStart: true,
  requires: [IPipelines],
  optional: [ITranslator, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    all: IPipelines,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const drawn = new Set<Chips>();
    let enabled = true;
    const add = (pipeline: Pipelines['all'][number]) => {
      const made = new Chips(pipeline, app.commands, trans);
      made.enabled = enabled;
      drawn.add(made);
      pipeline.panel.disposed.connect(() => drawn.delete(made));
    };
    all.all.forEach(add);
    all.added.connect((_, pipeline) => add(pipeline));
    registry?.load(PLUGIN_ID).then(
      settings => {
        const follow = () => {
          enabled = settings.get('showChips').composite !== false;
          drawn.forEach(each => (each.enabled = enabled));
        };
        settings.changed.connect(follow);
        follow();
      },
      (error: unknown) => console.error('jupyter-kfp: no settings', error)
    );
  }
};

const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-kfp:sidebar',
  description: 'The sidebar: graph, findings, settings, actions and runs.',
  autoStart: true,
  requires: [IPipelines],
  optional: [ITranslator, IDocumentManager, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    all: IPipelines,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const language = translator ?? nullTranslator;
    const trans = language.load(DOMAIN);
    const panel = new PipelinePanel({
      pipelines: all,
      commands: app.commands,
      documents,
      translator: language,
      trans
    });
    app.shell.add(panel, 'left', { rank: 600, type: 'Kubeflow Pipelines' });
    restorer?.add(panel, panel.id);
    const show = () => app.shell.activateById(panel.id);

    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Show Kubeflow Pipelines'),
      caption: trans.__('Show the pipeline that this notebook makes'),
      icon: pipelineIcon,
      execute: show
    });
    app.commands.addCommand(CommandIDs.openRuns, {
      label: trans.__('Show Runs of This Notebook'),
      execute: args => {
        show();
        const run = args['run'];
        if (typeof run === 'string') {
          all.all.find(each => each.runs.get(run))?.runs.show(run);
        }
        return panel.showSection('runs');
      }
    });
    app.commands.addCommand(CommandIDs.openFindings, {
      label: trans.__('Show Findings of This Notebook'),
      execute: args => {
        show();
        const cell = args['cell'];
        return panel.showFindings(typeof cell === 'string' ? cell : undefined);
      }
    });
    app.commands.addCommand(CommandIDs.tour, {
      label: trans.__('Tour of Kubeflow Pipelines'),
      execute: () => {
        show();
        return panel.tour();
      }
    });
    const category = trans.__('Kubeflow Pipelines');
    for (const command of [
      CommandIDs.open,
      CommandIDs.openRuns,
      CommandIDs.openFindings,
      CommandIDs.tour
    ]) {
      palette?.addItem({ command, category });
    }
  }
};

export default [pipelines, commands, chips, sidebar];
export { IPipelines };
