/**
 * Commands for who begins: an example, steps that are suggested.
 */
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { told } from '../api/client';
import { CommandIDs } from '../ids';
import type { IPipelines } from '../model/pipelines';

export function addStartingCommands(
  commands: CommandRegistry,
  pipelines: IPipelines,
  documents: IDocumentManager | null,
  browser: IDefaultFileBrowser | null,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.suggestSteps, {
    label: trans.__('Suggest Steps…'),
    caption: trans.__(
      'Propose steps from the headings and the data flow; nothing changes before you say so'
    ),
    isEnabled: () =>
      pipelines.current !== null && !pipelines.current.isReadOnly,
    execute: async () => {
      const pipeline = pipelines.current;
      if (!pipeline) {
        return;
      }
      try {
        const suggestion = await pipeline.client.suggest(
          pipeline.path,
          pipeline.snapshot()
        );
        if (suggestion.steps.length === 0) {
          Notification.info(
            trans.__('There is nothing to suggest for this notebook.'),
            { autoClose: 4000 }
          );
          return;
        }
        const { SuggestionBody } = await import('../dialogs/suggestion');
        const result = await showDialog({
          title: trans.__('Suggested steps'),
          body: new SuggestionBody(suggestion, pipeline, trans),
          buttons: [
            Dialog.cancelButton({ label: trans.__('Cancel') }),
            Dialog.okButton({ label: trans.__('Apply') })
          ]
        });
        if (result.button.accept) {
          pipeline.apply({ tags: suggestion.cells });
        }
      } catch (error) {
        Notification.error(told(error), { autoClose: false });
      }
    }
  });

  commands.addCommand(CommandIDs.openExample, {
    label: trans.__('Open Example Notebook of a Pipeline'),
    caption: trans.__('A small notebook with four steps'),
    isEnabled: () => documents !== null,
    execute: async () => {
      if (!documents) {
        return;
      }
      try {
        const { exampleNotebook } = await import('./example');
        const contents = documents.services.contents;
        const folder = browser?.model.path ?? '';
        const made = await contents.newUntitled({
          path: folder,
          type: 'notebook'
        });
        await contents.save(made.path, {
          type: 'notebook',
          format: 'json',
          content: exampleNotebook()
        });
        const free = await freeName(
          name => contents.get(name, { content: false }),
          folder
        );
        const named = await contents.rename(made.path, free);
        documents.openOrReveal(named.path);
      } catch (error) {
        Notification.error(told(error), { autoClose: false });
      }
    }
  });
}

/** `pipeline-example.ipynb`, or the first number that is not taken. */
async function freeName(
  look: (path: string) => Promise<unknown>,
  folder: string
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = `pipeline-example${number > 1 ? `-${number}` : ''}.ipynb`;
    const path = folder ? `${folder}/${name}` : name;
    try {
      await look(path);
    } catch {
      return path;
    }
  }
}
