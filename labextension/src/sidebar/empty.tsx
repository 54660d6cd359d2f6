/**
 * What to do where there are no steps yet.
 */
import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs } from '../ids';
import type { ISectionProps } from './sections';

export function Empty({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  if (!pipeline) {
    return (
      <div className="jp-kfp-Empty">
        <h2>{trans.__('No notebook is open')}</h2>
        <p>
          {trans.__(
            'Open a notebook that runs from top to bottom: it becomes a pipeline of steps, each in its own container.'
          )}
        </p>
        <Buttons>
          <Button
            className="jp-mod-accept jp-mod-styled"
            onClick={() => state.run(CommandIDs.openExample)}
          >
            {trans.__('Open an example')}
          </Button>
        </Buttons>
      </div>
    );
  }
  return (
    <div className="jp-kfp-Empty">
      <p>
        {trans.__(
          'This notebook has no steps yet: it would run as one. Steps run in containers of their own, side by side where they can, and are only run again when they have changed.'
        )}
      </p>
      <Buttons>
        <Button
          className="jp-mod-styled"
          onClick={() => state.run(CommandIDs.suggestSteps)}
        >
          {trans.__('Suggest steps…')}
        </Button>
        <Button
          className="jp-mod-styled"
          onClick={() => state.run(CommandIDs.nameStep)}
          title={trans.__('Begin a step at the selected cell (T S)')}
        >
          {trans.__('Begin a step here…')}
        </Button>
        <Button
          className="jp-mod-styled"
          onClick={() => state.run(CommandIDs.openExample)}
        >
          {trans.__('Open an example')}
        </Button>
        <Button
          className="jp-mod-styled"
          onClick={() => state.run(CommandIDs.tour)}
        >
          {trans.__('Take the tour')}
        </Button>
      </Buttons>
    </div>
  );
}

function Buttons({
  children
}: {
  children: React.ReactNode;
}): React.ReactElement {
  return <div className="jp-kfp-Buttons">{children}</div>;
}
