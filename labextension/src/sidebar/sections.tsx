/**
 * The sections of the sidebar as widgets. This is where the chunk begins that is loaded with the sidebar.
 */
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';
import { ActionsSection } from './actions';
import { FindingsSection } from './findings';
import { Header } from './header';
import type { SectionName } from './panel';
import { pipelineHeight, PipelineSection } from './pipeline';
import { RunsSection } from './runs';
import { SettingsSection } from './settings';
import type { SidebarState } from './state';

export { arrange } from './arrange';

export interface ISectionProps {
  state: SidebarState;
}

class Section extends ReactWidget {
  constructor(
    private state: SidebarState,
    private content: React.ComponentType<ISectionProps>,
    private heading: (state: SidebarState) => string,
    name: string
  ) {
    super();
    this.addClass('jp-kfp-Section');
    this.addClass(`jp-kfp-Section-${name}`);
    this.title.label = heading(state);
    state.changed.connect(this.onChange, this);
  }

  /** Emitted when what is in it has become higher or lower. */
  get resized(): ISignal<this, void> {
    return this._resized;
  }

  /** Pixels in which all that is in it is seen. */
  get wanted(): number {
    return this._inside?.offsetHeight ?? 0;
  }

  dispose(): void {
    this._observer.disconnect();
    Signal.clearData(this);
    super.dispose();
  }

  protected render(): React.ReactElement {
    const Content = this.content;
    return (
      <div className="jp-kfp-Section-content" ref={this.onInside}>
        <Content state={this.state} />
      </div>
    );
  }

  private onInside = (inside: HTMLElement | null): void => {
    this._observer.disconnect();
    this._inside = inside;
    if (inside) {
      this._observer.observe(inside);
    }
  };

  private onChange(): void {
    const label = this.heading(this.state);
    if (this.title.label !== label) {
      this.title.label = label;
    }
    this.update();
  }

  private _inside: HTMLElement | null = null;
  private _resized = new Signal<this, void>(this);
  private _observer = new ResizeObserver(() => this._resized.emit());
}

export interface ISection {
  name: SectionName;
  widget: Section;
  /** Whether it is open where there is something in it. */
  open: boolean;
  /** Whether there is nothing in it; null where that is not known, or does not matter. */
  empty(): boolean | null;
  /** Pixels in which all of it is seen. */
  wanted(): number;
}

export function makeSections(state: SidebarState): {
  header: ReactWidget;
  sections: ISection[];
} {
  const { trans } = state;
  const make = (
    name: SectionName,
    content: React.ComponentType<ISectionProps>,
    heading: (state: SidebarState) => string,
    more: Partial<ISection> = {}
  ): ISection => {
    const widget = new Section(state, content, heading, name);
    return {
      name,
      widget,
      open: false,
      empty: () => null,
      wanted: () => widget.wanted,
      ...more
    };
  };
  const pipeline = make('pipeline', PipelineSection, () =>
    trans.__('Pipeline')
  );
  return {
    header: new Section(state, Header, () => '', 'header'),
    sections: [
      {
        ...pipeline,
        open: true,
        wanted: () => pipelineHeight(state, pipeline.widget.node.clientWidth)
      },
      make('findings', FindingsSection, findingsHeading, {
        open: true,
        empty: () => noFindings(state)
      }),
      make('runs', RunsSection, runsHeading, {
        open: true,
        empty: () => noRuns(state)
      }),
      make('settings', SettingsSection, () => trans.__('Settings')),
      make('actions', ActionsSection, () => trans.__('Actions'))
    ]
  };
}

/** Null where the analysis has not come yet. */
function noFindings({ pipeline }: SidebarState): boolean | null {
  if (!pipeline) {
    return true;
  }
  return pipeline.analysis ? pipeline.analysis.findings.length === 0 : null;
}

function noRuns({ pipeline }: SidebarState): boolean {
  return !pipeline || pipeline.runs.all.length === 0;
}

function findingsHeading(state: SidebarState): string {
  const { pipeline, trans } = state;
  const count = pipeline?.analysis?.findings.length ?? 0;
  return count
    ? trans.__('Findings (%1)', count)
    : pipeline && noFindings(state)
      ? trans.__('No findings')
      : trans.__('Findings');
}

function runsHeading(state: SidebarState): string {
  const { pipeline, trans } = state;
  return pipeline && noRuns(state) ? trans.__('No runs yet') : trans.__('Runs');
}
