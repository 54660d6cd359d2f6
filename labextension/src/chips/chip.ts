/**
 * What stands above one code cell: its step, its role, what it gets and gives, and marks for findings.
 *
 * Plain DOM: a notebook may have hundreds of them, and all change with one key.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Severity } from '../api/shapes';
import { stepColour } from '../colours';

/** What a chip says. */
export interface IChip {
  step: string | null;
  /** Place of the step in the notebook. */
  order: number;
  /** Whether the cell begins the step, or goes on with the one above. */
  begins: boolean;
  role: 'step' | 'parameters' | 'setup' | 'skip' | 'metrics';
  gets: readonly string[];
  gives: readonly string[];
  findings: Partial<Record<Severity, number>>;
  readOnly: boolean;
}

export interface IChipActions {
  name(): void;
  findings(): void;
}

const SHOWN = 4; // names in a row; the rest is counted
const SIGNS: Record<Severity, string> = { error: '✕', warning: '⚠', hint: 'ⓘ' };

/** Fill the header of a cell. */
export function drawChip(
  host: HTMLElement,
  chip: IChip,
  actions: IChipActions,
  trans: TranslationBundle
): void {
  const row = document.createElement('div');
  row.className = `jp-kfp-Chip ${stepColour(chip.order)}`;
  row.dataset.role = chip.role;
  row.classList.toggle('jp-mod-continues', !chip.begins);
  row.append(nameButton(chip, actions, trans));
  if (chip.begins || chip.role !== 'step') {
    row.append(...flow(chip, trans));
  }
  const marks = Object.entries(chip.findings) as [Severity, number][];
  if (marks.length) {
    row.append(marksButton(marks, actions, trans));
  }
  host.replaceChildren(row);
}

function nameButton(
  chip: IChip,
  actions: IChipActions,
  trans: TranslationBundle
): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'jp-kfp-Chip-name';
  button.disabled = chip.readOnly;
  const label = nameOf(chip, trans);
  const dot = document.createElement('span');
  dot.className = 'jp-kfp-Chip-dot';
  dot.setAttribute('aria-hidden', 'true');
  const text = document.createElement('span');
  text.textContent = label;
  button.append(dot, text);
  if (chip.role === 'metrics') {
    const badge = document.createElement('span');
    badge.className = 'jp-kfp-Chip-badge';
    badge.textContent = trans.__('metrics');
    button.append(badge);
  }
  button.title = chip.begins
    ? trans.__('%1: name the step of this cell (T S)', label)
    : trans.__('Belongs to the step above: %1. Click to begin a step', label);
  button.setAttribute('aria-label', button.title);
  button.addEventListener('click', event => {
    event.stopPropagation();
    actions.name();
  });
  return button;
}

function nameOf(chip: IChip, trans: TranslationBundle): string {
  switch (chip.role) {
    case 'parameters':
      return trans.__('parameters');
    case 'setup':
      return trans.__('setup');
    case 'skip':
      return trans.__('skipped');
    default:
      return chip.step ?? trans.__('no step');
  }
}

function flow(chip: IChip, trans: TranslationBundle): HTMLElement[] {
  const parts: HTMLElement[] = [];
  const kinds = [
    ['gets', trans.__('gets'), chip.gets],
    ['gives', trans.__('gives'), chip.gives]
  ] as const;
  for (const [kind, word, names] of kinds) {
    if (names.length) {
      const part = document.createElement('span');
      part.className = `jp-kfp-Chip-${kind}`;
      part.title = `${word}: ${names.join(', ')}`;
      const code = document.createElement('code');
      const more = names.length - SHOWN;
      code.textContent =
        names.slice(0, SHOWN).join(', ') + (more > 0 ? ` +${more}` : '');
      part.append(`${word} `, code);
      parts.push(part);
    }
  }
  return parts;
}

function marksButton(
  marks: [Severity, number][],
  actions: IChipActions,
  trans: TranslationBundle
): HTMLElement {
  const words: Record<Severity, (count: number) => string> = {
    error: count => trans._n('%1 error', '%1 errors', count),
    warning: count => trans._n('%1 warning', '%1 warnings', count),
    hint: count => trans._n('%1 hint', '%1 hints', count)
  };
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'jp-kfp-Chip-findings';
  button.title = trans.__(
    'Show findings: %1',
    marks.map(([severity, count]) => words[severity](count)).join(', ')
  );
  button.setAttribute('aria-label', button.title);
  for (const [severity, count] of marks) {
    const mark = document.createElement('span');
    mark.dataset.severity = severity;
    mark.textContent = `${SIGNS[severity]} ${count}`;
    button.append(mark);
  }
  button.addEventListener('click', event => {
    event.stopPropagation();
    actions.findings();
  });
  return button;
}
