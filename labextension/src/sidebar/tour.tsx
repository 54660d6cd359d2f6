/**
 * A tour of five stops: a card beside what it is about. Escape ends it; nothing is blocked meanwhile.
 */
import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import type { IContext } from './state';

interface IStop {
  selector: string;
  title: string;
  text: string;
}

export function startTour({ trans }: IContext): void {
  const stops: IStop[] = [
    {
      selector: '.jp-kfp-Sidebar .jp-kfp-Header',
      title: trans.__('A notebook becomes a pipeline'),
      text: trans.__(
        'Cells are grouped into steps by tags. Each step runs in a container of its own; what one gives another gets by itself.'
      )
    },
    {
      selector:
        '.jp-Notebook .jp-kfp-Chip, .jp-Notebook .jp-Cell.jp-mod-active',
      title: trans.__('Tag where you write'),
      text: trans.__(
        'Click the chip above a cell to name its step, or press T S in command mode. T P: parameters, T U: setup, T K: skip. Undo takes it back.'
      )
    },
    {
      selector: '.jp-kfp-Graph, .jp-kfp-Section-pipeline',
      title: trans.__('See the pipeline as you type'),
      text: trans.__(
        'Point at a line to see what passes along it and why. Click a step to go to its cells.'
      )
    },
    {
      selector: '.jp-kfp-Section-findings',
      title: trans.__('What would go wrong is found first'),
      text: trans.__(
        'Each finding names the cell and the reason, and often has a button that mends it.'
      )
    },
    {
      selector: '.jp-kfp-Header-run, .jp-kfp-Header',
      title: trans.__('Run as pipeline'),
      text: trans.__(
        'Here or on a cluster. Steps that have not changed keep their results. Runs go on when you close the page, and are listed under Runs.'
      )
    }
  ];
  const widget = new TourCard(stops, trans);
  Widget.attach(widget, document.body);
}

class TourCard extends ReactWidget {
  constructor(
    private stops: IStop[],
    private trans: IContext['trans']
  ) {
    super();
    this.addClass('jp-kfp-Tour');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute(
      'aria-label',
      trans.__('Tour of Kubeflow Pipelines')
    );
    this.node.tabIndex = -1;
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        this.end();
      }
    });
  }

  protected onAfterAttach(
    ...args: Parameters<ReactWidget['onAfterAttach']>
  ): void {
    super.onAfterAttach(...args);
    this.go(0);
  }

  protected render(): React.ReactElement {
    const { trans, stops, at } = this;
    const stop = stops[at];
    const last = at === stops.length - 1;
    return (
      <>
        <p className="jp-kfp-muted">
          {trans.__('%1 of %2', at + 1, stops.length)}
        </p>
        <h2>{stop?.title}</h2>
        <p>{stop?.text}</p>
        <div className="jp-kfp-Buttons">
          <button
            type="button"
            className="jp-Button jp-mod-styled"
            onClick={() => this.end()}
          >
            {trans.__('End')}
          </button>
          {at > 0 && (
            <button
              type="button"
              className="jp-Button jp-mod-styled"
              onClick={() => this.go(at - 1)}
            >
              {trans.__('Back')}
            </button>
          )}
          <button
            type="button"
            className="jp-Button jp-mod-styled jp-mod-accept"
            onClick={() => (last ? this.end() : this.go(at + 1))}
          >
            {last ? trans.__('Done') : trans.__('Next')}
          </button>
        </div>
      </>
    );
  }

  private go(at: number): void {
    this.at = at;
    this.unmark();
    const target = document.querySelector(this.stops[at]?.selector ?? '');
    target?.classList.add('jp-kfp-mod-toured');
    const box = target?.getBoundingClientRect();
    if (box) {
      const left = Math.min(box.right + 12, window.innerWidth - 340);
      const top = Math.min(Math.max(box.top, 60), window.innerHeight - 240);
      this.node.style.left = `${left}px`;
      this.node.style.top = `${top}px`;
    }
    this.update();
    this.node.focus();
  }

  private end(): void {
    this.unmark();
    this.dispose();
  }

  private unmark(): void {
    document
      .querySelectorAll('.jp-kfp-mod-toured')
      .forEach(node => node.classList.remove('jp-kfp-mod-toured'));
  }

  private at = 0;
}
