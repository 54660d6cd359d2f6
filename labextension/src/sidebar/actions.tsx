/**
 * Actions: one at a time, each says what it did and links the files; and the one that does all.
 */
import { Button, LabIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { told } from '../api/client';
import type { IDone } from '../api/shapes';
import { CommandIDs } from '../ids';
import type { ISectionProps } from './sections';

interface IOutcome {
  done?: IDone | null;
  problem?: string;
}

export function ActionsSection({ state }: ISectionProps): React.ReactElement {
  const { pipeline, trans } = state;
  const [busy, setBusy] = React.useState('');
  const [outcomes, setOutcomes] = React.useState<Record<string, IOutcome>>({});
  React.useEffect(() => setOutcomes({}), [pipeline]);

  const act = async (command: string) => {
    setBusy(command);
    let outcome: IOutcome;
    try {
      const done = (await state.context.commands.execute(
        command
      )) as IDone | null;
      outcome = done ? { done } : {};
    } catch (error) {
      outcome = { problem: told(error) };
    }
    setOutcomes(before => ({ ...before, [command]: outcome }));
    setBusy('');
  };
  const rows: [string, string, string][] = [
    [
      CommandIDs.convert,
      trans.__('Convert'),
      trans.__('Write a folder for each step, and pipeline.py')
    ],
    [
      CommandIDs.build,
      trans.__('Build'),
      trans.__('Build the images of the steps that have changed')
    ],
    [
      CommandIDs.compile,
      trans.__('Compile'),
      trans.__('Write the package that Kubeflow takes')
    ],
    [
      CommandIDs.clean,
      trans.__('Clean'),
      trans.__('Take out of the package what legacy compilers added')
    ]
  ];
  return (
    <div className="jp-kfp-Actions">
      <ol>
        {rows.map(([command, label, caption]) => (
          <li key={command}>
            <div className="jp-kfp-Actions-row">
              <Button
                className="jp-mod-styled jp-kfp-small"
                disabled={!pipeline || busy !== ''}
                aria-busy={busy === command}
                onClick={() => void act(command)}
              >
                {busy === command ? trans.__('%1…', label) : label}
              </Button>
              <span className="jp-kfp-muted">{caption}</span>
            </div>
            <Outcome state={state} outcome={outcomes[command]} />
          </li>
        ))}
      </ol>
      <Button
        className="jp-mod-styled jp-mod-accept"
        disabled={!pipeline || busy !== ''}
        onClick={() => state.run(CommandIDs.run)}
      >
        <Icon icon={runIcon} /> {trans.__('All of it: run as pipeline')}
      </Button>
    </div>
  );
}

function Outcome({
  state,
  outcome
}: ISectionProps & { outcome: IOutcome | undefined }): React.ReactElement {
  const { trans } = state;
  return (
    <div role="status" className="jp-kfp-Actions-outcome">
      {outcome?.problem && (
        <p className="jp-kfp-notice" data-severity="error">
          {outcome.problem}
        </p>
      )}
      {outcome && !outcome.problem && !outcome.done && (
        <p className="jp-kfp-muted">{trans.__('Started: see Runs.')}</p>
      )}
      {outcome?.done?.messages.map(message => (
        <p
          key={message.message}
          className={message.level === 'info' ? '' : 'jp-kfp-notice'}
          data-severity={message.level}
        >
          {message.message}
          {message.fix ? ` ${message.fix}` : ''}
        </p>
      ))}
      {outcome?.done && outcome.done.files.length > 0 && (
        <Files state={state} files={outcome.done.files} />
      )}
    </div>
  );
}

const MOST = 12; // files that are listed

function Files({
  state,
  files
}: ISectionProps & { files: string[] }): React.ReactElement {
  return (
    <ul className="jp-kfp-Actions-files">
      {files.slice(0, MOST).map(file => (
        <li key={file}>
          <button
            type="button"
            className="jp-kfp-link"
            onClick={() =>
              void state.context.commands.execute('filebrowser:open-path', {
                path: file
              })
            }
          >
            {file}
          </button>
        </li>
      ))}
      {files.length > MOST && (
        <li className="jp-kfp-muted">
          {state.trans.__('and %1 more', files.length - MOST)}
        </li>
      )}
    </ul>
  );
}

function Icon({ icon }: { icon: LabIcon }): React.ReactElement {
  return <icon.react tag="span" />;
}
