/**
 * The lab extension: a panel in the left sidebar, and the command that opens it.
 */
import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { pipelineIcon } from './icon';
import { PipelinePanel } from './panel';

namespace CommandIDs {
  export const open = 'jupyter-kfp:open';
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-kfp:plugin',
  description: 'Runs a tagged notebook as a Kubeflow pipeline.',
  autoStart: true,
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_kfp');
    const panel = new PipelinePanel(app.serviceManager.serverSettings, trans);
    app.shell.add(panel, 'left', { rank: 600, type: 'Kubeflow Pipelines' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Show Kubeflow Pipelines'),
      caption: trans.__('Show the pipeline that this notebook makes'),
      icon: pipelineIcon,
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({
      command: CommandIDs.open,
      category: trans.__('Kubeflow Pipelines')
    });
  }
};

export default plugin;
