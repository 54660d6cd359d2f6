/**
 * Asking for the name of a step: with completion of the names that there are.
 */
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { normaliseName } from '../tags';

/** A name as it is written in tags; null where the user thought better of it or nothing is left of it. */
export async function askForName(
  title: string,
  current: string,
  names: readonly string[],
  trans: TranslationBundle
): Promise<string | null> {
  const result = await InputDialog.getItem({
    title,
    label: trans.__('Letters, digits and dashes, such as load-data'),
    items: [...names],
    current,
    editable: true,
    okLabel: trans.__('Name'),
    cancelLabel: trans.__('Cancel')
  });
  if (!result.button.accept || result.value === null) {
    return null;
  }
  const name = normaliseName(result.value);
  if (name === null) {
    Notification.error(
      trans.__(
        '“%1” cannot name a step: use up to 63 letters a–z, digits and dashes.',
        result.value
      )
    );
  }
  return name;
}

/** A name from the markdown heading above the cell; empty where there is none. */
export function nameFromHeading(panel: NotebookPanel, cell: string): string {
  const cells = panel.model?.sharedModel.cells ?? [];
  const at = cells.findIndex(each => each.getId() === cell);
  const above = at > 0 ? cells[at - 1] : undefined;
  const heading =
    above?.cell_type === 'markdown'
      ? /^#{1,6}\s+(.+)$/m.exec(above.getSource())?.[1]
      : undefined;
  return heading
    ? (normaliseName(heading.split(/\s+/).slice(0, 3).join(' ')) ?? '')
    : '';
}
