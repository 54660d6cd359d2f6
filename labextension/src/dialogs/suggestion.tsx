/**
 * The preview of suggested steps: each with its cells, before anything changes.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { ISuggestion } from '../api/shapes';
import { stepColour } from '../colours';
import type { NotebookPipeline } from '../model/pipeline';

export class SuggestionBody extends ReactWidget {
  constructor(
    private suggestion: ISuggestion,
    private pipeline: NotebookPipeline,
    private trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-kfp-Suggestion');
  }

  protected render(): React.ReactElement {
    const sources = new Map(
      this.pipeline.notebook?.cells.map(cell => [
        cell.getId(),
        cell.getSource()
      ])
    );
    return (
      <>
        <p className="jp-kfp-muted">
          {this.trans.__(
            'From the headings and the data flow. Applying it is one undo step.'
          )}
        </p>
        <ol>
          {this.suggestion.steps.map((step, order) => (
            <li key={step.name} className={stepColour(order)}>
              <strong>{step.name}</strong>{' '}
              <span className="jp-kfp-muted">
                {this.trans._n('%1 cell', '%1 cells', step.cells.length)}
              </span>
              <code>{firstLine(sources.get(step.cells[0] ?? '') ?? '')}</code>
            </li>
          ))}
        </ol>
      </>
    );
  }
}

function firstLine(source: string): string {
  return source.split('\n').find(line => line.trim()) ?? '';
}
